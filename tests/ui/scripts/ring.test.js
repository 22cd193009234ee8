import assert from "node:assert/strict";
import { test } from "node:test";
import { Game, Net, SPOTS, hits } from "../../../assets/ui/learn/ring-math.js";

test("slopes are those that a small change of a weight shows", () => {
  const net = new Net([2, 5, 4, 1], 3);
  const input = Float64Array.from([0.3, -0.7, 1.1, 0.4]);
  const loss = () => net.forward(input).reduce((sum, one) => sum + one ** 2, 0);
  const out = net.forward(input);
  const back = net.backward(out.map((one) => 2 * one));
  for (const { values, slope } of net.layers)
    for (const at of [0, 3, values.length - 1]) {
      const kept = values[at];
      values[at] = kept + 1e-5;
      const more = loss();
      values[at] = kept - 1e-5;
      const less = loss();
      values[at] = kept;
      assert.ok(Math.abs((more - less) / 2e-5 - slope[at]) < 1e-4, `${slope[at]}`);
    }
  const kept = input[2];
  input[2] = kept + 1e-5;
  const more = loss();
  input[2] = kept - 1e-5;
  assert.ok(Math.abs((more - loss()) / 2e-5 - back[2]) < 1e-4);
});

test("points on all spots hit all, points on one hit one, points elsewhere hit none", () => {
  assert.deepEqual([hits(Float64Array.from(SPOTS.flat())).spots, hits(Float64Array.from(SPOTS.flat())).near], [8, 1]);
  assert.equal(hits(Float64Array.from([...SPOTS[0], ...SPOTS[0]])).spots, 1);
  assert.deepEqual(hits(Float64Array.from([0, 0])).near, 0);
  assert.equal(hits(new Game({ seed: 1 }).real(800)).spots, 8);
});

test("the same seed plays the same game", () => {
  const play = (seed) => {
    const game = new Game({ seed });
    return [1, 2, 3].map(() => game.play());
  };
  assert.deepEqual(play(1), play(1));
  assert.notDeepEqual(play(1), play(2));
});

test("a generator that runs ahead hits a spot or two where a slower one hits nearly all", () => {
  const after = (rates) => {
    const game = new Game({ seed: 1, rates });
    for (let step = 0; step < 1000; step++) game.play();
    return hits(game.drawn(500, 99)).spots;
  };
  assert.ok(after([0.0003, 0.01]) <= 3);
  assert.ok(after([0.003, 0.001]) >= 6);
});
