/**
 * Milliseconds a picture against 10 to 1,000,000 labels, as JSON on stdout: all that `createClassifier` does after the
 * networks. Embeddings are drawn with a seed, so no text and no picture is encoded.
 *
 *   node bench/growth/labels.mjs <dimension> <numbers of labels, commas between>
 */
import { freemem } from "node:os";
import { createClassifier, loadModel } from "../../dist/index.js";
import { row } from "../../dist/math/matrix.js";
import { unitRows } from "../vectors.mjs";

const PICTURES = 64;
const ROUNDS = 5;
/** Of the class embeddings: the classifier's own, and those that it makes them from. */
const COPIES = 4;

const dimension = Number(process.argv[2]);
const counts = process.argv[3].split(",").map(Number);
const mini = await loadModel("mini");
const images = unitRows(PICTURES, dimension, 1);
const model = {
  ...mini,
  dimension,
  embedTexts: async (texts) =>
    batchOf(unitRows(texts.length, dimension, 2 + Number(/\d+/.exec(texts[0])[0]))),
  embedImages: async (pictures) => {
    const data = new Float32Array(pictures.length * dimension);
    for (const [at, { width }] of pictures.entries()) data.set(row(images, width), at * dimension);
    return batchOf({ data, rows: pictures.length, columns: dimension });
  },
};

function batchOf(embeddings) {
  return { embeddings, norms: new Float64Array(embeddings.rows).fill(1), errors: new Map() };
}

/** Pictures that say, by their width, which of the drawn embeddings is theirs. */
const pictures = Array.from({ length: PICTURES }, (_, width) => ({
  data: new Uint8Array(3),
  width,
  height: 1,
  channels: 3,
}));

const points = [];
for (const count of counts) {
  if (count * dimension * 4 * COPIES > freemem()) {
    points.push({ labels: count, skipped: "not enough free memory" });
    continue;
  }
  points.push({ labels: count, ...(await measure(count)) });
}
await mini.close();
console.log(JSON.stringify({ dimension, points }));

async function measure(count) {
  const labels = Array.from({ length: count }, (_, at) => `thing number ${at}`);
  const started = performance.now();
  const classifier = await createClassifier({ labels, model });
  await classifier.classify(pictures);
  const ready = (performance.now() - started) / 1000;
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const begin = performance.now();
    await classifier.classify(pictures);
    times.push((performance.now() - begin) / PICTURES);
  }
  await classifier.close();
  return { milliseconds: Math.min(...times), secondsUntilReady: ready };
}
