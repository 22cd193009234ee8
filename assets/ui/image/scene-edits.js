// What can be done to the description of a scene: each edit gives a new one, the old one stays for undoing. Things
// stand from the farthest to the nearest; relations name others by their place in that list. Draws nothing.

/**
 * @typedef {object} Thing
 * @property {string} name
 * @property {string} [label]
 * @property {string} [colour]
 * @property {boolean} [flip]
 * @property {number} [seed]
 * @property {number} [coat]
 * @property {number[]} box
 * @property {{kind: string, to: number[]}} [relation]
 */
/** @typedef {{things: Thing[], words?: string, sketches?: {words: string, box: number[]}[]}} Scene */

const ALONG = new Set(["riding", "on", "in", "held_by", "worn_by"]);
const LEAST = 12;

/**
 * What tells a thing from all others, however it is moved.
 * @param {Thing} thing
 */
export const keyOf = (thing) => `${thing.name}|${thing.seed ?? 0}|${thing.coat ?? 0}`;

/** @type {(scene: Scene, at: number, change: (thing: Thing) => Thing) => Scene} */
const changed = (scene, at, change) => ({
  ...scene,
  things: scene.things.map((thing, place) => (place === at ? change(thing) : thing)),
});

/**
 * A thing and all that rides on it, sits in it, is worn or held by it.
 * @param {Scene} scene
 * @param {number} at
 * @returns {number[]}
 */
export function family(scene, at) {
  const found = [at];
  for (const one of found)
    scene.things.forEach((thing, place) => {
      const hangs = thing.relation && ALONG.has(thing.relation.kind) && thing.relation.to[0] === one;
      if (hangs && !found.includes(place)) found.push(place);
    });
  return found;
}

/** @type {(scene: Scene, at: number, right: number, down: number) => Scene} */
export const move = (scene, at, right, down) =>
  family(scene, at).reduce(
    (now, one) =>
      changed(now, one, (thing) => {
        const [left, top, width, height] = thing.box;
        return { ...thing, box: [Math.round(left + right), Math.round(top + down), width, height] };
      }),
    scene,
  );

/** A thing grows around the middle of its lower edge, on which it stands; what hangs on it grows along. */
/** @type {(scene: Scene, at: number, by: number, most: number) => Scene} */
export function scale(scene, at, by, most) {
  const [left, top, width, height] = scene.things[at].box;
  const factor = Math.min(Math.max(by, LEAST / Math.min(width, height)), most / Math.max(width, height));
  const [middle, base] = [left + width / 2, top + height];
  return family(scene, at).reduce(
    (now, one) =>
      changed(now, one, (thing) => {
        const [x, y, across, down] = thing.box;
        const box = [middle + (x - middle) * factor, base + (y - base) * factor, across * factor, down * factor];
        return { ...thing, box: box.map(Math.round) };
      }),
    scene,
  );
}

/** @type {(scene: Scene, at: number) => Scene} */
export const flip = (scene, at) => changed(scene, at, (thing) => ({ ...thing, flip: !thing.flip }));

/** @type {(scene: Scene, at: number, colour: string) => Scene} */
export const recolour = (scene, at, colour) => changed(scene, at, (thing) => ({ ...thing, colour }));

/** The things in another order, each relation following those it names; one to a thing that is gone goes too. */
/** @type {(scene: Scene, order: number[]) => Scene} */
function ordered(scene, order) {
  const things = order.map((old) => {
    const { relation, ...thing } = scene.things[old];
    const to = relation?.to.map((one) => order.indexOf(one));
    return relation && to?.every((one) => one >= 0) ? { ...thing, relation: { ...relation, to } } : thing;
  });
  return { ...scene, things };
}

/** @type {(scene: Scene, at: number) => Scene} */
export const remove = (scene, at) =>
  ordered(
    scene,
    [...scene.things.keys()].filter((one) => one !== at),
  );

/** One step to the front (1) or back (-1); nothing where there is no further step. */
/** @type {(scene: Scene, at: number, step: number) => Scene} */
export function reorder(scene, at, step) {
  const to = at + step;
  if (to < 0 || to >= scene.things.length) return scene;
  const order = [...scene.things.keys()];
  [order[at], order[to]] = [order[to], order[at]];
  return ordered(scene, order);
}

/** The nearest thing at a point of the picture, -1 for none. */
/** @type {(scene: Scene, x: number, y: number) => number} */
export const thingAt = (scene, x, y) =>
  scene.things.findLastIndex(
    ({ box: [left, top, width, height] }) => x >= left && x < left + width && y >= top && y < top + height,
  );
