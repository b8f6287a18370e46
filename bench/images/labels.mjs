/**
 * Labelling pictures by their stored embeddings: how many a minute, reading included, and how long it takes to write 200,000 labels, five
 * times running, with the vector index whole after each.
 *
 *   npm run build && node bench/images/labels.mjs [--rows 200000] [--columns 512] [--rounds 5] [--json file]
 *
 * Random vectors (seeded), 100 labels. Written is what labelling does once all pictures are compared: both tables and the vector index.
 * `processor` and `writesProcessor` are seconds of processor time, of both cores together, which a busy machine changes little: on two free
 * cores the bars are 4 of them, and at most 2 of them where nothing runs beside anything else. Reading alone, and the same with a plain
 * loop in place of ONNX Runtime's products, are beside it.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { classifyTable } from "../../dist/images/label/classify-table.js";
import { labelTable } from "../../dist/images/label/label-table.js";
import { importLabelIndex } from "../../dist/labels/index/build.js";
import { row } from "../../dist/math/matrix.js";
import { rowDots } from "../../dist/math/products.js";
import { argumentsOf, bar, machine, median, round, writeResult } from "../result.mjs";
import { unitRows } from "../vectors.mjs";
import { imageTable } from "./table.mjs";

const LABELS = 100;
const A_MINUTE = 6;
const SECONDS = 2;

const names = ["rows", "columns", "rounds", "precisions"];
const options = {
  rows: "200000",
  columns: "512",
  rounds: "5",
  precisions: "float32,float16",
  ...argumentsOf(names),
};
const { rounds, precisions, json } = options;
const rows = Number(options.rows);
const dimension = Number(options.columns);
const scoring = { logitScale: 100, logitBias: 0, scoreFunction: "softmax" };
const encoder = {
  identity: { id: "bench", fingerprint: async () => "sha256:bench", pictures: "bench" },
  dimension,
  scoring,
};
const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
try {
  const results = {};
  for (const precision of precisions.split(",")) {
    const table = await imageTable(join(folder, precision), { rows, model: encoder, precision, index: true });
    results[precision] = await measured(table);
    await table.close();
  }
  const unindexed = Object.values(results).reduce((sum, each) => sum + each.unindexed, 0);
  const rate = (seconds) => (rows * 60) / seconds / 1e6;
  const bars = [
    ...Object.entries(results).map(([name, { classify }]) =>
      bar(
        `${name}: pictures a minute against ${LABELS} labels, reading included`,
        `at least ${A_MINUTE} million`,
        rate(classify),
        "million",
        rate(classify) >= A_MINUTE,
      ),
    ),
    ...Object.entries(results).map(([name, { writes }]) =>
      bar(
        `${name}: writing ${rows} labels, the slowest of ${rounds}`,
        `at most ${SECONDS} s`,
        Math.max(...writes),
        "s",
        Math.max(...writes) <= SECONDS,
      ),
    ),
    bar("rows that the vector index lacks after any of them", "0", unindexed, "", unindexed === 0),
  ];
  const figures = Object.fromEntries(
    Object.entries(results).map(([name, { writes, writesProcessor, ...seconds }]) => [
      name,
      {
        ...Object.fromEntries(Object.entries(seconds).map(([what, value]) => [what, round(value)])),
        writes: writes.map(round),
        writesProcessor: writesProcessor.map(round),
      },
    ]),
  );
  await writeResult({ name: "images-labels", bars, figures: { ...figures, machine: machine() } }, json);
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function measured(table) {
  const indexes = [];
  for (let round = 0; round < Number(rounds); round++) {
    const labels = Array.from({ length: LABELS }, (_, at) => `label ${at}`);
    const at = join(folder, `labels-${table.info.precision}-${round}`);
    const info = { model: "bench", fingerprint: "sha256:bench", ...scoring };
    indexes.push(
      await importLabelIndex(at, { labels, embeddings: unitRows(LABELS, dimension, round + 2), model: info }),
    );
  }
  const [first] = indexes;
  const classify = async () => {
    for await (const _ of classifyTable(table, { index: first, model: encoder, topK: 5 }));
  };
  await classify();
  const times = [];
  const before = process.cpuUsage();
  for (let turn = 0; turn < 3; turn++) times.push(await seconds(classify));
  const { user, system } = process.cpuUsage(before);
  const read = await seconds(async () => {
    for await (const _ of table.table.scan({ columns: ["path", "vector"] }));
  });
  const { embeddings } = await first.labels();
  const loop = await seconds(async () => {
    for await (const { vectors } of table.table.scan({ columns: ["path", "vector"] })) {
      for (let r = 0; r < vectors.rows; r++) rowDots(row(vectors, r), embeddings);
    }
  });
  const writes = [];
  const writesProcessor = [];
  const whole = [];
  let unindexed = 0;
  for (const index of indexes) {
    // Once all are compared, what is left to do is to write, all in one commit.
    let compared = [performance.now(), process.cpuUsage()];
    const onProgress = () => {
      compared = [performance.now(), process.cpuUsage()];
    };
    whole.push(await seconds(() => labelTable(table, { index, model: encoder, save: "bench", onProgress })));
    writes.push((performance.now() - compared[0]) / 1000);
    const { user, system } = process.cpuUsage(compared[1]);
    writesProcessor.push((user + system) / 1e6);
    const found = (await table.table.indexes()).find(({ column }) => column === "vector");
    unindexed += found ? found.unindexedRows : rows;
  }
  for (const index of indexes) await index.close();
  return {
    classify: median(times),
    processor: (user + system) / 3e6,
    read,
    loop,
    label: median(whole),
    writes,
    writesProcessor,
    unindexed,
  };
}

async function seconds(work) {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
