// The ground and the things of a scene, as its PNG carries them in a chunk of its own. Knows the chunk; draws nothing.

const CHUNK = 0x73634e65; // "scNe"
const SIDE = 256;
const ACROSS = 4;

/**
 * Reads the parts of a scene's file: the ground and, thing by thing from the farthest, its picture.
 * @param {string} url
 * @returns {Promise<{ground: ImageBitmap, sprites: ImageBitmap[]} | null>} null where the file carries none.
 */
export async function layersOf(url) {
  const answer = await fetch(url);
  const body = answer.ok ? chunkOf(await answer.arrayBuffer()) : null;
  if (!body) return null;
  const [head, ground] = [0, 4, 8].map((at) => body.getUint32(at));
  const bytes = (from, size) => new Uint8Array(body.buffer, body.byteOffset + from, size);
  const told = JSON.parse(new TextDecoder().decode(bytes(12, head)));
  const picture = (from, size) => createImageBitmap(new Blob([bytes(from, size).slice()], { type: "image/webp" }));
  const sheet = await picture(12 + head + ground, body.byteLength - 12 - head - ground);
  const sprites = told.things.map(({ picture: at, size: [width, height] }) =>
    createImageBitmap(sheet, (at % ACROSS) * SIDE, Math.floor(at / ACROSS) * SIDE, width, height),
  );
  return { ground: await picture(12 + head, ground), sprites: await Promise.all(sprites) };
}

/**
 * The body of the scene's chunk.
 * @param {ArrayBuffer} file
 * @returns {DataView | null}
 */
export function chunkOf(file) {
  const view = new DataView(file);
  for (let at = 8; at + 12 <= view.byteLength;) {
    const size = view.getUint32(at);
    if (at + 12 + size > view.byteLength) return null;
    if (view.getUint32(at + 4) === CHUNK) return new DataView(file, at + 8, size);
    at += 12 + size;
  }
  return null;
}
