import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { KINDS, SHELVES, addressOf, found } from "../../../assets/ui/learn/way-search.js";

const way = JSON.parse(readFileSync(new URL("../../../assets/ui/learn/data/way.json", import.meta.url), "utf-8"));
const titles = (wanted) => found(way.shelf, wanted).map((one) => one.title);

test("a work is found by title, author, year or what it is for, in either language, without case or accents", () => {
  assert.deepEqual(titles({ query: "attention is all" }), ["Attention Is All You Need"]);
  assert.deepEqual(titles({ query: "周志华" }), ["机器学习"]);
  assert.ok(titles({ query: "geron" }).length === 1);
  assert.ok(titles({ query: "SHANNON 1948" }).length === 1);
  assert.ok(titles({ query: "微调" }).includes("LoRA: Low-Rank Adaptation of Large Language Models"));
  assert.deepEqual(titles({ query: "no such thing at all" }), []);
  assert.deepEqual(titles({ query: "(.*" }), []);
});

test("a shelf and a language narrow it down", () => {
  assert.equal(titles({}).length, way.shelf.length);
  assert.ok(found(way.shelf, { kind: "course" }).every((one) => one.kind === "course"));
  assert.ok(found(way.shelf, { language: "zh" }).every((one) => one.in.includes("zh")));
  for (const kind of SHELVES) assert.ok(titles({ kind }).length > 5, kind);
});

test("no work stands there twice, and each link names a safe scheme", () => {
  assert.equal(new Set(way.shelf.map((one) => `${one.title} ${one.by}`)).size, way.shelf.length);
  for (const { link } of way.shelf) assert.ok(!link || ["https:", "http:"].includes(new URL(link).protocol), link);
});

test("stops are in order, every kind has some, and each leads somewhere in the language of the page", () => {
  const years = way.stops.map((stop) => stop.year);
  assert.deepEqual(
    years,
    years.toSorted((a, b) => a - b),
  );
  for (const kind of KINDS) assert.ok(way.stops.filter((stop) => stop.kind === kind).length >= 3, kind);
  assert.equal(
    addressOf({ task: "image", values: { prompt: { en: "a b", zh: "甲" } } }, "en"),
    "?task=image&prompt=a+b",
  );
  assert.equal(addressOf({ lesson: "gan", values: { method: "vae" } }, "zh"), "?tab=learn&lesson=gan&method=vae");
});
