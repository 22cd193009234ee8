import assert from "node:assert/strict";
import { test } from "node:test";
import { ROLES, SCENARIOS, fitting, questionOf, readPlaces, writePlaces } from "../../../assets/ui/learn/work-math.js";

test("placements in an address come back as they were; what is none is not placed", () => {
  const places = { ...readPlaces(""), xray: { tolerance: 0, automation: 3 }, lyrics: { tolerance: 4, automation: 4 } };
  assert.deepEqual(readPlaces(writePlaces(places)), places);
  assert.equal(writePlaces(readPlaces("")), "");
  for (const bad of ["9", "99.55", "-1", "4", "abc", "444", "<b>"])
    assert.ok(
      Object.values(readPlaces(bad)).every((one) => one === null),
      bad,
    );
  assert.equal(Object.keys(readPlaces("44")).length, SCENARIOS.length);
});

test("a placement raises a question by where it lies, never a verdict", () => {
  const ask = (tolerance, automation) => questionOf({ tolerance, automation });
  assert.equal(ask(0, 4), "unwatched");
  assert.equal(ask(4, 0), "by_hand");
  assert.equal(ask(0, 0), "checked");
  assert.equal(ask(4, 4), "runs");
  assert.equal(ask(2, 2), "between");
});

test("whoever wants what a role asks for finds it first, with nothing apart", () => {
  for (const role of ROLES) {
    const [first] = fitting(role);
    assert.equal(first.distance, 0);
    assert.deepEqual(first.apart, { error: 0, checking: 0, people: 0 });
  }
  const far = fitting({ error: 0, checking: 4, people: 2 });
  assert.equal(far[0].id, "safety");
  assert.ok(far.every((one, at) => at === 0 || far[at - 1].distance <= one.distance));
});

test("no two roles ask for the same", () => {
  const asked = ROLES.map(({ error, checking, people }) => `${error}${checking}${people}`);
  assert.equal(new Set(asked).size, ROLES.length);
});
