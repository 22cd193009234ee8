import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { env } from "node:process";
import test from "node:test";
import { checksum, zipped } from "../../../assets/ui/album.js";

const bytes = (text) => new TextEncoder().encode(text);

test("the checksum is CRC-32's", () => {
  assert.equal(checksum(bytes("123456789")), 0xcbf43926);
});

test("an archive is read back by another program", () => {
  const path = join(mkdtempSync(join(tmpdir(), "album-")), "pictures.zip");
  const members = [
    { name: "000-a.webp", data: bytes("first") },
    { name: "001-猫.webp", data: bytes("second") },
  ];
  writeFileSync(path, Buffer.concat(zipped(members)));
  const program = `import sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None
print([(i.filename, z.read(i).decode()) for i in z.infolist()])`;
  const told = execFileSync("python3", ["-c", program, path], {
    encoding: "utf8",
    env: { ...env, PYTHONIOENCODING: "utf8" },
  });
  assert.match(told, /'000-a.webp', 'first'/);
  assert.match(told, /猫.webp', 'second'/);
});
