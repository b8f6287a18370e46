/**
 * `nearlabel classify --table --save`, ended by SIGKILL again and again at random moments, each time with another label set: what is lost,
 * what is there twice, which vectors changed, and whether the labels in the end are those of a run that nobody disturbed.
 *
 *   npm run build && node bench/images/label-kills.mjs [--kills 30] [--rows 50000] [--json file]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openImageTable } from "../../dist/images/table/open.js";
import { randomGenerator, uniformInt } from "../../dist/math/random.js";
import { argumentsOf, bar, machine, writeResult } from "../result.mjs";
import { imageTable } from "./table.mjs";

const PROGRAM = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const { kills = "30", rows: given = "50000", json } = argumentsOf(["kills", "rows"]);
const rows = Number(given);
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const place = join(folder, "photos.db");
  const table = await imageTable(place, { rows, model: "mini", index: true });
  const before = await stateOf(table);
  await table.close();
  const quiet = join(folder, "quiet.db");
  await cp(place, quiet, { recursive: true });
  const started = performance.now();
  await label(quiet, labelsOf(0));
  const whole = performance.now() - started;
  const generator = randomGenerator(1);
  let [runs, ended] = [0, 0];
  const worst = { lost: 0, twice: 0, changed: 0 };
  while (ended < Number(kills)) {
    runs++;
    // Most of a run is the start of the program, which writes nothing.
    const after = whole * (0.2 + 0.8 * (uniformInt(generator, 0, 1000) / 1000));
    if (await label(place, labelsOf(runs), after)) ended++;
    const opened = await openImageTable(place);
    const now = await stateOf(opened);
    await opened.close();
    worst.lost = Math.max(worst.lost, [...before.keys()].filter((path) => !now.has(path)).length);
    worst.twice = Math.max(worst.twice, now.repeated);
    worst.changed = Math.max(
      worst.changed,
      [...now].filter(([path, vector]) => before.get(path) !== vector).length,
    );
  }
  await label(place, labelsOf(0));
  const [disturbed, undisturbed] = [await labelsIn(place), await labelsIn(quiet)];
  const other = [...undisturbed].filter(([path, found]) => disturbed.get(path) !== found).length;
  const bars = [
    bar(`${runs} runs, ${ended} of them ended by SIGKILL: rows lost`, "0", worst.lost, "", worst.lost === 0),
    bar("rows there twice", "0", worst.twice, "", worst.twice === 0),
    bar("vectors that changed", "0", worst.changed, "", worst.changed === 0),
    bar("labels other than of an undisturbed run", "0", other, "", other === 0),
    bar("rows that the vector index lacks", "0", disturbed.unindexed, "", disturbed.unindexed === 0),
  ];
  await writeResult({ name: "label-kills", bars, figures: { rows, machine: machine() } }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

function labelsOf(kill) {
  return `cat,dog,bus,tree,label ${kill}`;
}

/** Runs the command, for `after` milliseconds at most. True where it was ended. */
async function label(place, labels, after) {
  const program = spawn(
    process.execPath,
    [PROGRAM, "classify", "--table", place, "--labels", labels, "--save", "x"],
    {
      stdio: "ignore",
    },
  );
  const timer = after === undefined ? undefined : setTimeout(() => program.kill("SIGKILL"), after);
  const [code, signal] = await once(program, "exit");
  clearTimeout(timer);
  if (signal === "SIGKILL") return true;
  if (code !== 0) throw new Error(`nearlabel classify ended with ${code}`);
  return false;
}

/** Each path with its vector's bytes as text. */
async function stateOf(images) {
  const { columns, vectors } = await images.table.read({ columns: ["path", "vector"] });
  const state = new Map();
  for (const [at, path] of columns.path.entries()) {
    const values = vectors.data.subarray(at * vectors.columns, (at + 1) * vectors.columns);
    state.set(path, Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("latin1"));
  }
  state.repeated = columns.path.length - state.size;
  return state;
}

async function labelsIn(place) {
  const images = await openImageTable(place);
  const { columns } = await images.table.read({ columns: ["path", "label", "score"] });
  const labels = new Map(columns.path.map((path, at) => [path, `${columns.label[at]} ${columns.score[at]}`]));
  const index = (await images.table.indexes()).find(({ column }) => column === "vector");
  await images.close();
  return Object.assign(labels, { unindexed: index ? index.unindexedRows : labels.size });
}
