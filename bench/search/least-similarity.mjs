/**
 * Whether `minSimilarity` through the index gives what exact search gives: how many of 1,000 queries differ.
 *
 *   npm run build && node bench/search/least-similarity.mjs [--rows 200000] [--json file]
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exactNeighbours } from "../../dist/images/search/exact-neighbours.js";
import { ensureVectorIndex } from "../../dist/images/search/vector-index.js";
import { row } from "../../dist/math/matrix.js";
import { dot } from "../../dist/math/vector.js";
import { createTable } from "../../dist/store/database.js";
import { argumentsOf, bar, machine, writeResult } from "../result.mjs";
import { embeddingsLike } from "./vectors.mjs";

const COLUMNS = 512;
const QUERIES = 1000;
const MOST = 100;
/** What float32 sums in another order differ by: pictures so near to the limit may fall on either side. */
const ROUNDING = 1e-5;

const args = argumentsOf(["rows"]);
const rows = Number(args.rows ?? 200_000);
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const vectors = embeddingsLike(rows, COLUMNS);
  const table = await createTable(
    folder,
    { name: "images", key: "path", columns: { path: { type: "string" } }, vectors: true },
    {
      rows: { columns: { path: Array.from({ length: rows }, (_, r) => `${r}`) }, vectors },
      metadata: new Map(),
    },
  );
  await ensureVectorIndex(table);
  const queries = Array.from({ length: QUERIES }, (_, at) => row(vectors, at * Math.floor(rows / QUERIES)));
  const exact = await exactNeighbours(table, queries, { key: "path", k: MOST });
  let differing = 0;
  let found = 0;
  for (const [at, query] of queries.entries()) {
    const similarities = exact[at].map((key) => dot(query, row(vectors, Number(key))));
    // A limit among this query's own similarities, so that each has from 1 to 99 pictures above it.
    const minSimilarity = similarities[1 + (at % (MOST - 2))] - 2 * ROUNDING;
    const [near] = await table.search([query], { k: MOST, minSimilarity, columns: ["path"] });
    const got = new Set(near.map(({ cells }) => cells.path));
    const sure = exact[at].filter((_, i) => similarities[i] > minSimilarity + ROUNDING);
    const maybe = new Set(exact[at].filter((_, i) => similarities[i] > minSimilarity - ROUNDING));
    found += got.size;
    if (sure.some((key) => !got.has(key)) || (maybe.size < MOST && [...got].some((key) => !maybe.has(key))))
      differing++;
  }
  const what = `queries of ${QUERIES} that differ with minSimilarity, ${rows} clustered vectors`;
  const figures = { found, machine: machine() };
  const result = { name: "search-least", bars: [bar(what, "0", differing, "", differing === 0)], figures };
  await writeResult(result, args.json);
} finally {
  await rm(folder, { recursive: true });
}
