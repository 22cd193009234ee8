import assert from "node:assert/strict";
import { test } from "node:test";
import "./page.js";

const { load, markdown } = await import("../../../assets/ui/markdown.js");
const inside = (text) => markdown(text).children.join("");

test("plain lines stand at once, before anything was fetched", () => {
  assert.equal(inside("one\ntwo\n\nthree"), "<p>one<br></br>two</p><p>three</p>");
});

test("of a text with marks the lines stand plain until the lexer is here", async () => {
  const root = markdown("a **word**");
  assert.equal(root.children.join(""), "<p>a **word**</p>");
  await load();
  await new Promise(setImmediate);
  assert.equal(root.children.join(""), "<p>a <strong>word</strong></p>");
});

test("a table has a head and cells", async () => {
  await load();
  assert.equal(
    inside("| a | b |\n|---|--:|\n| 1 | *2* |"),
    '<table><thead><tr><th>a</th><th style="text-align: right">b</th></tr></thead>' +
      '<tbody><tr><td>1</td><td style="text-align: right"><em>2</em></td></tr></tbody></table>',
  );
});

test("lists nest, and begin at their number", async () => {
  await load();
  assert.equal(inside("- a\n  - b\n- c"), "<ul><li>a<ul><li>b</li></ul></li><li>c</li></ul>");
  assert.equal(inside("3. x\n4. y"), '<ol start="3"><li>x</li><li>y</li></ol>');
});

test("bullets and numbers as Chinese texts write them are lists", async () => {
  await load();
  assert.equal(inside("1、一\n2、二"), "<ol><li>一</li><li>二</li></ol>");
  assert.equal(inside("• 一\n• 二"), "<ul><li>一</li><li>二</li></ul>");
});

test("a tag is text, and so are links and pictures", async () => {
  await load();
  assert.equal(inside("<b>x</b> <script>y</script>"), "<p><b>x</b> <script>y</script></p>");
  const nodes = markdown("<img src=x onerror=alert(1)>\n\na <i>b</i>").children;
  const everyText = (node) => (typeof node === "string" ? [] : [node.tag, ...node.children.flatMap(everyText)]);
  assert.deepEqual(new Set(nodes.flatMap(everyText)), new Set(["p"]));
  assert.equal(inside("[here](http://a.test) ![p](http://b.test)"), "<p>here (http://a.test) ![p](http://b.test)</p>");
});

test("code keeps its lines and its marks", async () => {
  await load();
  assert.equal(inside("```\na *b*\n\n- c\n```"), "<pre><code>a *b*\n\n- c</code></pre>");
});

test("headings of a text stand below the page's own", async () => {
  await load();
  assert.equal(inside("# One\n## Two"), "<h3>One</h3><h4>Two</h4>");
});
