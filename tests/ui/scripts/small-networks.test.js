import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mixed, wayBack } from "../../../assets/ui/learn/flow-math.js";
import {
  difference,
  layerNorm,
  linear,
  nearest,
  noise,
  pictureOf,
  unpacked,
} from "../../../assets/ui/learn/tensors.js";
import { decode, encode, reach, told } from "../../../assets/ui/learn/vae-math.js";

const read = (name) =>
  JSON.parse(readFileSync(new URL(`../../../assets/ui/learn/data/${name}.json`, import.meta.url), "utf-8"));
const near = (found, wanted, most) =>
  found.forEach((one, at) => assert.ok(Math.abs(one - wanted[at]) < most, `${one} for ${wanted[at]} at ${at}`));

test("a layer is a matrix and a bias; a norm has mean 0 and variance 1", () => {
  const weights = { "a.weight": [[1, 2], [0, -1]], "a.bias": [10, 0] }; // prettier-ignore
  assert.deepEqual(linear(weights, "a", [3, 4]), [21, -4]);
  const normed = layerNorm({ "n.weight": [1, 1, 1], "n.bias": [0, 0, 0] }, "n", [1, 2, 3]);
  near(normed, [-1.2247, 0, 1.2247], 1e-3);
});

test("noise is the same for a seed, and normal", () => {
  assert.deepEqual(noise(7, 5), noise(7, 5));
  assert.notDeepEqual(noise(7, 5), noise(8, 5));
  const many = noise(1, 4000);
  const mean = many.reduce((a, b) => a + b) / many.length;
  const variance = many.reduce((a, b) => a + b * b) / many.length;
  assert.ok(Math.abs(mean) < 0.05 && Math.abs(variance - 1) < 0.08, `${mean} ${variance}`);
  assert.ok(many.every(Number.isFinite));
});

test("mixing begins at noise and ends at the picture", () => {
  assert.deepEqual(mixed([1, -1], [5, 5], 1), [1, -1]);
  assert.deepEqual(mixed([1, -1], [5, 5], 0), [5, 5]);
  assert.deepEqual(mixed([1, -1], [5, 5], 0.5), [3, 2]);
});

test("the flow draws here what PyTorch draws", () => {
  const file = read("flow");
  const { noise: begun, label, steps, guidance, drawn } = file.check;
  const frames = wayBack(unpacked(file.tensors), begun, { label, steps, guidance });
  assert.equal(frames.length, steps);
  near(frames.at(-1).picture, drawn, 0.02);
  near(frames.at(-1).picture, frames.at(-1).target, 1e-9);
});

test("the VAEs encode and decode here as in PyTorch", () => {
  const file = read("vae");
  const first = pictureOf(file.digits.pictures[0]);
  for (const net of file.nets) {
    const found = encode(unpacked(net.encoder), first);
    near(found.mean, net.check.mean, 0.01);
    near(decode(unpacked(net.decoder), net.check.mean), net.check.redrawn, 0.01);
    assert.ok(told(found) >= 0);
  }
});

test("the more the latent counts, the less it tells and the worse the picture", () => {
  const nets = read("vae").nets;
  assert.deepEqual(
    nets.map((one) => one.beta),
    [0.1, 1, 10],
  );
  assert.ok(nets[0].nats > nets[1].nats && nets[1].nats > nets[2].nats);
  assert.ok(nets[0].error < nets[2].error);
});

test("the nearest picture is the one that differs least", () => {
  assert.equal(difference([1, 1], [-1, -1]), 1);
  assert.equal(nearest([0.9, 0], [[-1, 0], [1, 0], [0, 0]]), 1); // prettier-ignore
  assert.deepEqual(pictureOf("001008"), [-1, 1, 0]);
});

test("a map reaches as far as nearly all places lie, and at least to three", () => {
  assert.equal(reach([[0, 1], [0.5, -2]]), 3); // prettier-ignore
  assert.equal(reach(Array.from({ length: 100 }, (_, at) => [0, at / 10])), 10);
  assert.equal(reach([]), 3);
});
