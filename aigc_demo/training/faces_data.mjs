// Faces by facesjs, with labels drawn evenly and apart from one another: one JSON line each, {"labels", "svg"}.
// node faces_data.mjs COUNT SEED, where facesjs 5.0.3 is installed. Its own generator puts glasses on one face of ten
// and ties skin to hair; here each label is a coin of its own. Math.random is ours, so that a seed repeats.
import { faceToSvgString, generate } from "facesjs";

const [count, seed] = process.argv.slice(2).map(Number);

let state = seed >>> 0;
Math.random = () => {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), state | 1);
  mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
  return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
};
const one = (list) => list[Math.floor(Math.random() * list.length)];
const coin = () => Math.random() < 0.5;

const SKIN = ["#f2d6cb", "#ddb7a0", "#fedac7", "#eab687", "#bb876f", "#a67358", "#ad6453", "#74453d", "#5c3937"];
const DARK = ["#272421", "#3d2314", "#0f0902"];
const FAIR = ["#e9c67b", "#d7bf91", "#cc9966"];
const SHORT = ["crop", "short", "short2", "short3", "spike", "spike2", "curly", "parted", "messy-short", "faux-hawk"];
const LONG = ["female1", "female2", "female3", "female5", "female8", "female9"];
const BEHIND = ["female1", "female2", "female3"];
const BEARD = ["beard1", "beard2", "beard3", "beard4", "beard5", "beard6", "fullgoatee", "fullgoatee2"];
const SMILE = ["smile", "smile2", "smile3", "smile4"];
const CALM = ["straight", "closed", "mouth", "side"];
const GLASSES = ["glasses2-black", "glasses1-primary"];

for (let at = 0; at < count; at += 1) {
  const labels = { long_hair: coin(), fair_hair: coin(), glasses: coin(), beard: coin(), smile: coin() };
  const skin = one(SKIN);
  const face = generate({
    teamColors: ["#20242c", "#20242c", "#20242c"],
    body: { color: skin, size: 0.9 },
    jersey: { id: "jersey" },
    hair: { id: one(labels.long_hair ? LONG : SHORT), color: one(labels.fair_hair ? FAIR : DARK) },
    hairBg: { id: labels.long_hair ? one(BEHIND) : "none" },
    facialHair: { id: labels.beard ? one(BEARD) : "none" },
    glasses: { id: labels.glasses ? one(GLASSES) : "none" },
    mouth: { id: one(labels.smile ? SMILE : CALM) },
    accessories: { id: "none" },
    miscLine: { id: "none" },
    head: { shave: "rgba(0,0,0,0)" },
    eye: { angle: 0 },
    fatness: 0.4,
  });
  process.stdout.write(`${JSON.stringify({ labels, svg: faceToSvgString(face) })}\n`);
}
