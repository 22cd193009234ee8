// The curves that a training left, read from its table. Knows one form: a head of names, rows of numbers, gaps empty.

/**
 * @param {string} text
 * @returns {Record<string, number>[]}
 */
export function parsed(text) {
  const [head, ...rows] = text.trim().split("\n");
  const names = head.split(",");
  return rows.map((row) =>
    Object.fromEntries(
      row
        .split(",")
        .map((cell, at) => [names[at], cell])
        .filter(([, cell]) => cell !== "")
        .map(([name, cell]) => [name, Number(cell)]),
    ),
  );
}

/** @param {string} address */
export async function curvesOf(address) {
  const answer = await fetch(address, { credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return parsed(await answer.text());
}
