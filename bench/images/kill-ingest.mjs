// Kills `nearlabel ingest` with SIGKILL at random moments, runs it to its end, and compares the table with that of a run that
// nobody disturbed: pictures lost, pictures twice, and vectors that differ in a bit.
//
//     npm run build && node bench/images/kill-ingest.mjs [--kills 30] [--pictures 1500] [--at-once 1]
//
// With --at-once n, n ingests of the folder run at the same time, each of which is killed on its own.
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { openImageTable } from "../../dist/bundle/index.js";

const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    pictures: { type: "string", default: "1500" },
    "at-once": { type: "string", default: "1" },
  },
});
const [kills, pictures, atOnce] = [values.kills, values.pictures, values["at-once"]].map(Number);

const root = await mkdtemp(join(tmpdir(), "nearlabel-kill-"));
try {
  const folder = await makePictures(join(root, "photos"), pictures);
  const whole = join(root, "whole.db");
  const seconds = await ingest(folder, whole);
  const result = { kills: 0, tables: 0, rows: 0, lost: 0, twice: 0, differing: 0 };
  while (result.kills < kills) {
    const killed = join(root, `killed-${++result.tables}.db`);
    for (;;) {
      const runs = Array.from({ length: atOnce }, () =>
        ingest(folder, killed, 700 * Math.random() * seconds),
      );
      const ended = await Promise.all(runs);
      result.kills += ended.filter((took) => took === undefined).length;
      if (ended.every((took) => took !== undefined) || result.kills >= kills) break;
    }
    await ingest(folder, killed);
    for (const [name, value] of Object.entries(await compare(whole, killed))) result[name] += value;
  }
  console.log(JSON.stringify(result));
  process.exitCode = result.lost + result.twice + result.differing === 0 ? 0 : 1;
} finally {
  await rm(root, { recursive: true, force: true });
}

async function makePictures(folder, count) {
  await mkdir(folder);
  for (let index = 0; index < count; index++) {
    const data = Buffer.from(
      Array.from({ length: 24 * 16 * 3 }, (_, at) => (at * (index + 3) + (index >> 3)) & 255),
    );
    const png = await sharp(data, { raw: { width: 24, height: 16, channels: 3 } })
      .png()
      .toBuffer();
    await writeFile(join(folder, `p${index}.png`), png);
  }
  return folder;
}

/** Seconds that an ingest took; undefined where it was killed, after so many milliseconds. */
async function ingest(folder, table, killAfter) {
  const started = performance.now();
  const child = spawn(process.execPath, [PROGRAM, "ingest", folder, "--table", table], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  const timer = killAfter && setTimeout(() => child.kill("SIGKILL"), killAfter);
  const [code, signal] = await new Promise((ended) => child.on("exit", (...how) => ended(how)));
  clearTimeout(timer);
  if (signal === "SIGKILL") return undefined;
  if (code !== 0) throw new Error(`nearlabel ingest ended with ${code}: ${said}`);
  return (performance.now() - started) / 1000;
}

async function compare(whole, killed) {
  const [expected, found] = [await rowsOf(whole), await rowsOf(killed)];
  const paths = new Set(found.map(({ path }) => path));
  const vectors = new Map(found.map(({ path, vector }) => [path, vector]));
  return {
    rows: found.length,
    lost: expected.filter(({ path }) => !paths.has(path)).length,
    twice: found.length - paths.size,
    differing: expected.filter(({ path, vector }) => vectors.has(path) && !vector.equals(vectors.get(path)))
      .length,
  };
}

async function rowsOf(place) {
  const table = await openImageTable(place);
  const { columns, vectors } = await table.table.read();
  const bytes = Buffer.from(vectors.data.buffer, vectors.data.byteOffset, vectors.data.byteLength);
  const width = 4 * vectors.columns;
  await table.close();
  return columns.path.map((path, at) => ({ path, vector: bytes.subarray(at * width, (at + 1) * width) }));
}
