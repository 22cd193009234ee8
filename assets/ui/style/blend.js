// A blend of styles as its parameter spells it: "ember:1, frost:0.5", or one name alone. Pure values.

const MOST = 4;

/** [[name, weight], ...] in order; names that are not among the ``known`` are left out. */
export function parseBlend(text, known) {
  return (text ?? "")
    .split(",")
    .map((part) => part.trim().split(":"))
    .filter(([name]) => known.includes(name?.trim()))
    .map(([name, weight]) => [name.trim(), Number(weight ?? 1)]);
}

export function writeBlend(blend) {
  return blend.length === 1 ? blend[0][0] : blend.map(([name, weight]) => `${name}:${weight}`).join(", ");
}

/** With a style taken out or put in: at least one stays, and of too many the newest do. */
export function toggled(blend, name) {
  const without = blend.filter(([one]) => one !== name);
  if (without.length === blend.length) return [...blend, [name, 1]].slice(-MOST);
  return without.length ? without : blend;
}
