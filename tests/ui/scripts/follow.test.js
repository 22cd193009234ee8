import "./page.js";
import assert from "node:assert/strict";
import test from "node:test";

const { SILENCE, after, follow } = await import("../../../assets/ui/class/follow.js");

/** A stream of events that a test speaks through. */
class Stream extends EventTarget {
  static CLOSED = 2;
  static opened = [];

  constructor() {
    super();
    this.readyState = 0;
    Stream.opened.push(this);
  }

  close() {
    this.closed = true;
  }

  tell(told) {
    this.onmessage({ data: JSON.stringify(told) });
  }
}

/** Somebody who follows, with what they saw, on a clock that the test turns. */
function follower(context, isOver = async () => false) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  Object.assign(globalThis, { EventSource: Stream, addEventListener() {}, removeEventListener() {} });
  Stream.opened = [];
  const seen = { known: {}, lost: null, ended: 0 };
  follow("/events", {
    changed: (known) => (seen.known = known),
    lost: (whether) => (seen.lost = whether),
    ended: () => (seen.ended += 1),
    isOver,
  });
  return { seen, turn: (milliseconds) => context.mock.timers.tick(milliseconds) };
}

const now = () => Stream.opened.at(-1);

test("a message changes what is known; the first of a connection tells all of it", () => {
  const known = { room: 1, gone: 2 };
  assert.deepEqual(after(known, { gone: null, seat: 3 }, false), { room: 1, seat: 3 });
  assert.deepEqual(after(known, { seat: 3 }, true), { seat: 3 });
});

test("a lost connection is tried again, ever more slowly and never later than six seconds", (context) => {
  const { seen, turn } = follower(context);
  now().tell({ room: "7b", seat: "Mia" });
  for (let times = 0; times < 8; times += 1) {
    const before = now();
    before.onerror();
    assert.equal(seen.lost, true);
    assert.ok(before.closed);
    turn(6000);
    assert.notEqual(now(), before);
  }
  now().tell({ room: "7b" });
  assert.deepEqual(seen, { known: { room: "7b" }, lost: false, ended: 0 });
});

test("a connection without a word for long is dead; one that says it is here is not", (context) => {
  const { seen, turn } = follower(context);
  now().tell({ room: "7b" });
  for (let times = 0; times < 4; times += 1) {
    turn(SILENCE - 1);
    now().dispatchEvent(new Event("here"));
  }
  assert.deepEqual([Stream.opened.length, seen.lost], [1, false]);
  turn(SILENCE);
  assert.equal(seen.lost, true);
  turn(1000);
  assert.equal(Stream.opened.length, 2);
});

test("a room that has ended meanwhile is not tried for ever", async (context) => {
  const { seen, turn } = follower(context, async () => true);
  now().readyState = Stream.CLOSED;
  await now().onerror();
  assert.equal(seen.ended, 1);
  turn(SILENCE * 2);
  assert.equal(Stream.opened.length, 1);
});
