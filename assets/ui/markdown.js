// A small, safe reading of what models write: paragraphs, headings, lists, quotes, code, bold, italics.
// Builds nodes, never HTML; links stay text, because a model's address is not ours to vouch for.
import { h } from "./dom.js";

export function markdown(text) {
  const root = h("div.prose-text");
  const lines = text.replace(/\r\n?/g, "\n").split("\n");
  let at = 0;
  while (at < lines.length) at = block(lines, at, root);
  return root;
}

/** Appends the block that starts at line ``at``; returns the line after it. */
function block(lines, at, root) {
  const line = lines[at];
  if (!line.trim()) return at + 1;
  if (/^\s*```/.test(line)) return fence(lines, at, root);
  const heading = /^(#{1,4})\s+(.*)$/.exec(line);
  if (heading) {
    root.append(h(`h${heading[1].length + 2}`, {}, ...inline(heading[2])));
    return at + 1;
  }
  if (/^\s*([-*_])(\s*\1){2,}\s*$/.test(line)) { root.append(h("hr")); return at + 1; }
  if (BULLET.test(line)) return list(lines, at, root, "ul", BULLET);
  if (NUMBER.test(line)) return list(lines, at, root, "ol", NUMBER);
  if (/^\s*>/.test(line)) return quote(lines, at, root);
  return paragraph(lines, at, root);
}

const BULLET = /^\s*[-*+•]\s+(.*)$/;
const NUMBER = /^\s*(\d{1,3})[.)、]\s+(.*)$/;

function fence(lines, at, root) {
  let end = at + 1;
  while (end < lines.length && !/^\s*```/.test(lines[end])) end += 1;
  root.append(h("pre", {}, h("code", { text: lines.slice(at + 1, end).join("\n") })));
  return end + 1;
}

function list(lines, at, root, tag, pattern) {
  const items = [];
  const start = tag === "ol" ? Number(NUMBER.exec(lines[at])[1]) : null;
  while (at < lines.length && pattern.test(lines[at])) {
    items.push(h("li", {}, ...inline(pattern.exec(lines[at]).at(-1))));
    at += 1;
    while (at + 1 < lines.length && !lines[at].trim() && pattern.test(lines[at + 1])) at += 1;
  }
  root.append(h(tag, { start: start && start !== 1 ? start : null }, ...items));
  return at;
}

function quote(lines, at, root) {
  const words = [];
  while (at < lines.length && /^\s*>/.test(lines[at])) { words.push(lines[at].replace(/^\s*>\s?/, "")); at += 1; }
  root.append(h("blockquote", {}, ...broken(words)));
  return at;
}

function paragraph(lines, at, root) {
  const words = [];
  while (at < lines.length && lines[at].trim() && !starts(lines[at], words.length)) { words.push(lines[at]); at += 1; }
  root.append(h("p", {}, ...broken(words)));
  return at;
}

/** Whether a line ends the paragraph above it by being a block of another kind. */
function starts(line, before) {
  return before > 0 && (/^\s*(```|>|#{1,4}\s)/.test(line) || BULLET.test(line) || NUMBER.test(line));
}

function broken(lines) {
  return lines.flatMap((line, index) => (index ? [h("br"), ...inline(line)] : inline(line)));
}

/** Code, bold and italics inside one line; anything unclosed stays as it is written. */
function inline(text) {
  const pattern = /`([^`]+)`|\*\*([^*]+)\*\*|__([^_]+)__|(?<![*\w])\*([^*\s][^*]*)\*(?!\w)/g;
  const nodes = [];
  let from = 0;
  for (const match of text.matchAll(pattern)) {
    if (match.index > from) nodes.push(text.slice(from, match.index));
    const [whole, code, bold, alsoBold, italic] = match;
    if (code !== undefined) nodes.push(h("code", { text: code }));
    else if (italic !== undefined) nodes.push(h("em", { text: italic }));
    else nodes.push(h("strong", { text: bold ?? alsoBold }));
    from = match.index + whole.length;
  }
  if (from < text.length) nodes.push(text.slice(from));
  return nodes;
}
