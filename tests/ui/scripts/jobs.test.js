// A job as the page follows it: events, a lost connection, the end.
import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import "./page.js";

/** The server's stream, opened by the page, spoken into by the test. */
class Stream {
  constructor(url) {
    this.url = url;
    this.listeners = {};
    Stream.last = this;
    Stream.opened += 1;
  }

  addEventListener(name, act) {
    this.listeners[name] = act;
  }

  say(name, data) {
    this.listeners[name]({ data: JSON.stringify(data) });
  }

  close() {
    this.closed = true;
  }
}
globalThis.EventSource = Stream;
let answer = null;
globalThis.fetch = async () => ({ ok: answer.status === 200, status: answer.status, json: async () => answer.body });

const state = await import("../../../assets/ui/state.js");

let number = 0;
let job = null;
beforeEach(() => {
  Stream.opened = 0;
  job = { id: `job${(number += 1)}`, task: "text", model: "m", status: "queued", params: {} };
});

test("a job is watched once, whoever shows it", () => {
  assert.equal(state.follow(job), state.follow({ ...job }));
  assert.equal(Stream.opened, 1);
  assert.deepEqual(state.active().filter((one) => one.id === job.id).length, 1);
});

test("events move it along, and its end is told with what was made", () => {
  const made = [];
  const stop = state.on("made", (item) => made.push(item));
  state.display("text", job);
  const live = state.following(job.id);
  Stream.last.say("progress", { done: 2, total: 8, eta_seconds: 3 });
  assert.deepEqual([live.item.status, live.item.progress.done], ["running", 2]);
  Stream.last.say("partial", { kind: "text", text: "so far" });
  assert.equal(live.partial.text, "so far");
  Stream.last.say("finished", { ...job, status: "done", outputs: [{ kind: "text", text: "all" }] });
  assert.equal(state.following(job.id), null);
  assert.equal(state.displayed("text").status, "done");
  assert.deepEqual(
    made.map((item) => item.outputs[0].text),
    ["all"],
  );
  assert.ok(Stream.last.closed);
  stop();
});

test("after a lost connection the job itself is asked for, and an ended one is taken as it is", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const live = state.follow(job);
  Stream.last.onerror();
  assert.equal(live.connected, false);
  answer = { status: 200, body: { ...job, status: "done", outputs: [] } };
  context.mock.timers.tick(500);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(state.following(job.id), null);
  assert.equal(live.item.status, "done");
});

test("a job that the server does not know any more is over", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const live = state.follow(job);
  Stream.last.onerror();
  answer = { status: 404, body: { error: { code: "not_found", message: "gone" } } };
  context.mock.timers.tick(500);
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.equal(live.item.gone, true);
  assert.equal(state.following(job.id), null);
});
