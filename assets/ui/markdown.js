// What models write, as nodes: paragraphs, headings, lists, tables, quotes, code. Reads Markdown by marked's lexer and
// builds nodes, never HTML: a tag stays text, and so does a link, because a model's address is not ours to vouch for.
import { h } from "./dom.js";

/** @import { Token, Lexer } from "./types.js" */

/** @type {Lexer | null} */
let lexer = null;
/** @type {Promise<void> | null} */
let loading = null;

const MARKS = /[*_`#>|~\\<[]|^\s*(?:[-+•]|\d+[.)、])\s*\S|^\s*-{3,}/m;

/**
 * A text as nodes. The lexer is fetched for the first text that has any marks; until it is here the lines stand plain.
 * @param {string} text
 */
export function markdown(text) {
  const root = h("div.prose-text");
  if (lexer) root.append(...nodesOf(lexer, text));
  else root.append(...plain(text));
  if (!lexer && MARKS.test(text))
    load().then(
      () => root.replaceChildren(...nodesOf(lexer, text)),
      () => {},
    );
  return root;
}

/** Fetches the lexer, once. */
export function load() {
  loading ??= import("./vendor/marked.js").then((module) => {
    lexer = module.lexer;
  });
  return loading;
}

/** Paragraphs and their lines. */
function plain(text) {
  const paragraphs = text.replace(/\r\n?/g, "\n").split(/\n{2,}/);
  return paragraphs.filter((one) => one.trim()).map((one) => h("p", {}, lines(one.trim())));
}

const lines = (text) => text.split("\n").flatMap((line, at) => (at ? [h("br"), line] : [line]));

/**
 * @param {Lexer} lex
 * @param {string} text
 */
const nodesOf = (lex, text) => blocks(lex(spelt(text), { gfm: true, breaks: true }));

/** Bullets and numbers as Chinese texts write them are lists as well. */
const spelt = (text) =>
  text.includes("```") ? text : text.replace(/^(\s*)•\s*/gm, "$1- ").replace(/^(\s*)(\d{1,3})、\s*/gm, "$1$2. ");

/** @param {Token[]} tokens */
const blocks = (tokens) => tokens.flatMap((token) => (BLOCKS[token.type] ?? BLOCKS.text)(token));

/** @type {Record<string, (token: Token) => (Node | string)[]>} */
const BLOCKS = {
  space: () => [],
  def: (token) => [h("p", { text: token.raw.trim() })],
  hr: () => [h("hr")],
  heading: (token) => [heading(Math.min(4, token.depth), inline(token.tokens))],
  paragraph: (token) => [h("p", {}, inline(token.tokens))],
  blockquote: (token) => [h("blockquote", {}, blocks(token.tokens))],
  code: (token) => [h("pre", {}, h("code", { text: token.text }))],
  html: (token) => [h("p", {}, lines(token.text.trim()))],
  list: (token) => [list(token)],
  table: (token) => [table(token)],
  checkbox: (token) => [token.checked ? "☑ " : "☐ "],
  text: (token) => (token.tokens ? inline(token.tokens) : [token.text ?? token.raw]),
};

/** The result has a heading of its own above: the text's begin two below the page's. */
function heading(depth, children) {
  return h(/** @type {"h3"} */ (`h${depth + 2}`), {}, children);
}

/** @param {Token} token */
function list(token) {
  const items = token.items.map((item) => h("li", {}, blocks(item.tokens)));
  if (!token.ordered) return h("ul", {}, items);
  return h("ol", { start: token.start === 1 ? null : token.start }, items);
}

/** @param {Token} token */
function table(token) {
  const cell = (tag) => (one) => h(tag, { style: one.align ? `text-align: ${one.align}` : null }, inline(one.tokens));
  const rows = token.rows.map((row) => h("tr", {}, row.map(cell("td"))));
  return h("table", {}, h("thead", {}, h("tr", {}, token.header.map(cell("th")))), h("tbody", {}, rows));
}

/**
 * @param {Token[]} tokens
 * @returns {(Node | string)[]}
 */
const inline = (tokens) => tokens.flatMap((token) => INLINE[token.type]?.(token) ?? [token.text ?? token.raw]);

/** @type {Record<string, (token: Token) => (Node | string)[]>} */
const INLINE = {
  br: () => [h("br")],
  strong: (token) => [h("strong", {}, inline(token.tokens))],
  em: (token) => [h("em", {}, inline(token.tokens))],
  del: (token) => [h("del", {}, inline(token.tokens))],
  codespan: (token) => [h("code", { text: token.text })],
  link: (token) => (token.raw === token.href ? [token.raw] : [...inline(token.tokens), ` (${token.href})`]),
  image: (token) => [token.raw],
};
