// Kills `nearlabel ingest` with SIGKILL at random moments, runs it to its end, and compares the table with that of a run that
// nobody disturbed: pictures lost, pictures twice, and vectors that differ in a bit. And how long the process that writes lives on.
//
//     npm run build && node bench/images/kill-ingest.mjs [--kills 30] [--pictures 4000] [--at-once 1] [--of ingest] [--stored]
//
// With --at-once n, n ingests of the folder run at the same time, each of which is killed on its own. --of writer kills the process that
// writes and not the ingest, which goes on; --of both kills them together; --of any, each of the three in turn. With
// --stored nothing is embedded, and what is killed is mostly writing. Linux only.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import sharp from "sharp";
import { openImageTable } from "../../dist/bundle/index.js";
import { createNpy } from "../../dist/datasets/embeddings/npy-writer.js";
import { unitRows } from "../vectors.mjs";

const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "30" },
    pictures: { type: "string", default: "4000" },
    "at-once": { type: "string", default: "1" },
    of: { type: "string", default: "ingest" },
    stored: { type: "boolean" },
  },
});
const [wanted, pictures, atOnce] = [values.kills, values.pictures, values["at-once"]].map(Number);

const kinds = values.of === "any" ? ["ingest", "writer", "both"] : [values.of];
/** Of kills so far; `besideWriter` are those while a process that writes was there, and the longest that it lived on is in milliseconds. */
const killed = { ingest: 0, writer: 0, both: 0, besideWriter: 0, livedOn: 0 };
const kills = () => killed.ingest + killed.writer + killed.both;

const root = await mkdtemp(join(tmpdir(), "nearlabel-kill-"));
try {
  const folder = await (values.stored ? makeStored : makePictures)(join(root, "photos"), pictures);
  const whole = join(root, "whole.db");
  // Once before, as the first run reads everything from the disk.
  await ingest(folder, join(root, "first.db"));
  const seconds = await ingest(folder, whole);
  const result = {
    tables: 0,
    rows: 0,
    lost: 0,
    twice: 0,
    differing: 0,
    files: 0,
    filesWhole: await filesIn(whole),
  };
  while (kills() < wanted) {
    const place = join(root, `killed-${++result.tables}.db`);
    for (let isWhole = false; !isWhole && kills() < wanted; ) {
      const runs = Array.from({ length: atOnce }, () =>
        ingest(folder, place, 1000 * Math.random() * seconds),
      );
      isWhole = (await Promise.all(runs)).every((took) => took !== undefined);
    }
    await ingest(folder, place);
    result.files = Math.max(result.files, await filesIn(place));
    for (const [name, value] of Object.entries(await compare(whole, place))) result[name] += value;
  }
  Object.assign(result, { killed, left: readdirSync("/proc").filter(isWriter).length });
  console.log(JSON.stringify(result));
  process.exitCode = result.lost + result.twice + result.differing + result.left === 0 ? 0 : 1;
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

/** Embeddings as the built-in model's are, of no picture. */
async function makeStored(folder, count) {
  await mkdir(folder);
  const { data, columns } = unitRows(count, 256, 1);
  const file = await createNpy(join(folder, "embeddings.npy"), columns, "float32");
  for (let at = 0; at < count; at++) await file.write(data.subarray(at * columns, (at + 1) * columns));
  await file.close();
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
  const timer = killAfter && setTimeout(kill, killAfter, child);
  const [code, signal] = await new Promise((ended) => child.on("exit", (...how) => ended(how)));
  clearTimeout(timer);
  if (signal === "SIGKILL") return undefined;
  if (code !== 0) throw new Error(`nearlabel ingest ended with ${code}: ${said}`);
  return (performance.now() - started) / 1000;
}

/** Kills what is next, of an ingest and the process that writes for it. */
async function kill(child) {
  const kind = kinds[kills() % kinds.length];
  // None has begun yet, or none will: one is waited for.
  while (kind !== "ingest" && child.exitCode === null && writerOf(child) === undefined) await pause(20);
  const writer = writerOf(child);
  if (child.exitCode !== null) return;
  killed[kind]++;
  if (writer !== undefined) killed.besideWriter++;
  if (kind !== "ingest") process.kill(writer, "SIGKILL");
  if (kind === "writer") return;
  child.kill("SIGKILL");
  const started = performance.now();
  while (writer !== undefined && isWriter(writer)) await pause(5);
  killed.livedOn = Math.max(killed.livedOn, Math.round(performance.now() - started));
}

/** The number of the process that writes for an ingest, if there is one. */
function writerOf({ pid }) {
  return ofProcess(pid, `task/${pid}/children`).split(" ").find(isWriter);
}

function isWriter(pid) {
  const command = ofProcess(pid, "cmdline");
  return command.includes("write-process") && command.includes(root);
}

/** Empty where it has ended. */
function ofProcess(pid, what) {
  try {
    return readFileSync(`/proc/${pid}/${what}`, "utf8");
  } catch {
    return "";
  }
}

async function filesIn(place) {
  const found = await readdir(place, { recursive: true, withFileTypes: true });
  return found.filter((file) => file.isFile()).length;
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
