// Several pictures as one file to bring in: each made small here, all packed as a ZIP without compression, which
// pictures have already. Knows files; knows no form.

const SIDE = 96;
const UTF8 = 0x0800;

/**
 * The pictures as one ZIP file. What this browser cannot read goes in as it is: the server says what is wrong with it.
 * @param {Iterable<File>} files
 */
export async function album(files) {
  const members = await Promise.all(
    [...files].map(async (file, at) => {
      const small = await squared(file);
      const ending = small?.type.split("/")[1];
      const name = `${String(at).padStart(3, "0")}-${ending ? file.name.replace(/\.\w+$/, `.${ending}`) : file.name}`;
      return { name, data: new Uint8Array(await (small ?? file).arrayBuffer()) };
    }),
  );
  return new File(zipped(members), "pictures.zip", { type: "application/zip" });
}

/** The middle square of a picture, small; null where the browser cannot read it. */
async function squared(file) {
  try {
    const picture = await createImageBitmap(file);
    const side = Math.min(picture.width, picture.height);
    const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
    const [left, top] = [(picture.width - side) / 2, (picture.height - side) / 2];
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(picture, left, top, side, side, 0, 0, SIDE, SIDE);
    return await new Promise((resolve) => canvas.toBlob(resolve, "image/webp", 0.95));
  } catch {
    return null;
  }
}

/**
 * A ZIP archive, stored (PKWARE's APPNOTE, 4.3): a header and the bytes of each member, then the directory.
 * @param {{name: string, data: Uint8Array}[]} members
 * @returns {Uint8Array<ArrayBuffer>[]} its parts, in order
 */
export function zipped(members) {
  const parts = [];
  const directory = [];
  let at = 0;
  const add = (part) => {
    parts.push(part);
    at += part.length;
  };
  for (const { name, data } of members) {
    const spelt = new TextEncoder().encode(name);
    const start = at;
    // Version, flags, method, time, date (1 January 1980), checksum, both sizes, length of the name, no more.
    const told = [...two(20, UTF8, 0, 0, 33), ...four(checksum(data), data.length, data.length)];
    add(Uint8Array.from([...four(0x04034b50), ...told, ...two(spelt.length, 0), ...spelt]));
    add(data);
    directory.push([...four(0x02014b50), ...two(20), ...told, ...two(spelt.length, 0, 0, 0, 0), ...four(0, start)]);
    directory.push([...spelt]);
  }
  const start = at;
  for (const entry of directory) add(Uint8Array.from(entry));
  const count = members.length;
  add(Uint8Array.from([...four(0x06054b50), ...two(0, 0, count, count), ...four(at - start, start), ...two(0)]));
  return parts;
}

const bytes =
  (size) =>
  (...numbers) =>
    numbers.flatMap((number) => Array.from({ length: size }, (_, place) => (number >>> (8 * place)) & 0xff));
const two = bytes(2);
const four = bytes(4);

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  for (let bit = 0; bit < 8; bit++) byte = byte & 1 ? 0xedb88320 ^ (byte >>> 1) : byte >>> 1;
  return byte;
});

/** CRC-32 as ZIP and PNG have it. */
export function checksum(data) {
  let crc = 0xffffffff;
  for (const byte of data) crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
  return ~crc >>> 0;
}
