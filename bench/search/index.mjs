/**
 * The vector index of tables of pictures: recall, build and speed against exact search.
 *
 *   npm run build && node bench/search/index.mjs [--rows 200000] [--set clustered|unclustered] [--peers PYTHON] [--json file]
 *
 * `--peers` is a Python with numpy, hnswlib and usearch, which then search the same vectors.
 */
import { spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { exactNeighbours } from "../../dist/images/search/exact-neighbours.js";
import { leastRecall } from "../../dist/images/search/tuning.js";
import { tuningQueries } from "../../dist/images/search/tuning-queries.js";
import { ensureVectorIndex, nearestKeys } from "../../dist/images/search/vector-index.js";
import { row, rowRange } from "../../dist/math/matrix.js";
import { createTable } from "../../dist/store/database.js";
import { argumentsOf, bar, machine, median, round, writeResult } from "../result.mjs";
import { embeddingsLike } from "./vectors.mjs";

const COLUMNS = 512;
const QUERIES = 100;
const TIMED = 30;
/** Rows of one write. */
const WRITTEN = 50_000;
const SHAPE = { name: "images", key: "path", columns: { path: { type: "string" } }, vectors: true };

const args = argumentsOf(["rows", "set", "peers"]);
const rows = Number(args.rows ?? 200_000);
const set = args.set ?? "clustered";
const bars = rows >= 1_000_000 ? { build: 60, faster: 40 } : { build: 10, faster: 15 };

const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const vectors = embeddingsLike(rows, COLUMNS, { clustered: set === "clustered" });
  const table = await tableOf(vectors);
  const build = await cpuSeconds(() => ensureVectorIndex(table));
  const settings = await table.vectorSearch();
  console.error({ build, settings });
  const result = await measure(table, vectors, { build, settings });
  await writeResult(result, args.json);
} finally {
  await rm(folder, { recursive: true });
}

/** Written some rows at a time, as an ingest does. */
async function tableOf(vectors) {
  const part = (start) => ({
    columns: { path: Array.from({ length: Math.min(WRITTEN, rows - start) }, (_, r) => `p${start + r}`) },
    vectors: rowRange(vectors, start, Math.min(rows, start + WRITTEN)),
  });
  const table = await createTable(folder, SHAPE, { rows: part(0), metadata: new Map() });
  for (let start = WRITTEN; start < rows; start += WRITTEN) await table.upsert(part(start));
  return table;
}

async function measure(table, vectors, { build, settings }) {
  const { queries, groups } = heldQueries(vectors);
  const exact = await exactNeighbours(table, queries, { key: "path", k: 10 });
  const recall = leastRecall(await nearestKeys(table, queries), exact, groups);
  const index = await milliseconds(queries, (query) => nearestKeys(table, [query]));
  const flat = await milliseconds(queries.slice(0, 10), (query) =>
    nearestKeys(table, [query], { exact: true }),
  );
  const faster = flat / index;
  const name = `search-${set}-${rows}`;
  return {
    name,
    bars: [
      bar(`recall@10 of ${rows} ${set} vectors`, "at least 0.99", recall, "", recall >= 0.99),
      bar("built and tuned", `at most ${bars.build} CPU s`, build, "CPU s", build <= bars.build),
      bar("as fast as exact search", `at least ${bars.faster} times`, faster, "times", faster >= bars.faster),
    ],
    figures: {
      settings,
      milliseconds: { index: round(index), exact: round(flat) },
      peers: args.peers ? await peers(vectors, queries, exact) : undefined,
      machine: machine(),
    },
  };
}

/** Other rows than the index was tuned on: every n-th, each as it is and without the mean. */
function heldQueries(vectors) {
  const step = Math.floor(vectors.rows / QUERIES);
  const chosen = Array.from({ length: QUERIES }, (_, at) => row(vectors, at * step + 1));
  const data = Float32Array.from(chosen.flatMap((vector) => [...vector]));
  const held = { vectors: { data, rows: QUERIES, columns: COLUMNS } };
  const { vectors: queries, groups } = tuningQueries(held, COLUMNS);
  return { queries, groups };
}

async function cpuSeconds(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function milliseconds(queries, work) {
  const times = [];
  for (const query of queries.slice(0, TIMED)) {
    const started = performance.now();
    await work(query);
    times.push(performance.now() - started);
  }
  return median(times);
}

/** hnswlib and usearch on the same vectors and queries; their figures are beside ours, not bars. */
async function peers(vectors, queries, exact) {
  const input = join(folder, "peers");
  await writeFile(`${input}.f32`, vectors.data);
  await writeFile(`${input}-queries.f32`, Float32Array.from(queries.flatMap((query) => [...query])));
  await writeFile(
    `${input}-exact.json`,
    JSON.stringify(exact.map((keys) => keys.map((key) => Number(key.slice(1))))),
  );
  const script = fileURLToPath(new URL("peers.py", import.meta.url));
  const run = spawnSync(args.peers, [script, input, String(COLUMNS)], { encoding: "utf8" });
  return run.status === 0
    ? JSON.parse(run.stdout)
    : { failed: run.error?.message ?? run.signal ?? run.stderr.slice(-500) };
}
