/**
 * Speed of the towers in each dtype of a model folder, how far the embeddings are from those of fp32, and, with a labelled
 * data set, accuracy on its test split with the prompt `a photo of a {}`.
 *
 *   python bench/precision/make_dtypes.py MODEL OUT
 *   npm run build && node bench/precision/run.mjs OUT PICTURES [--dataset cifar100/] [--rounds 9] [--batch 8] [--threads 2]
 *
 * The dtypes take turns, one run each a round, so that what else the machine does hits all alike; medians are printed.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { loadModel } from "../../dist/encoder/load.js";
import { allEmbeddings, evaluate, imageFile, labelSet, openDataset } from "../../dist/index.js";
import { row } from "../../dist/math/matrix.js";
import { dot } from "../../dist/math/vector.js";
import { dtypes, suffixOf } from "../../dist/onnx/dtype.js";
import { standInPictures } from "../../dist/onnx/inputs.js";
import { median } from "../result.mjs";

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    dataset: { type: "string" },
    rounds: { type: "string", default: "9" },
    batch: { type: "string", default: "8" },
    threads: { type: "string", default: "2" },
  },
});
const [folder, pictures] = positionals;
const { rounds, batch, threads } = values;
const texts = ["a photo of a cat", "a photo of a dog", "an aerial photo of a river in winter", "7", "red"];

const there = dtypes.filter((dtype) => dtype !== "quantized" && sizeOf("vision_model", dtype) !== undefined);
const runs = [];
for (const dtype of there) {
  try {
    runs.push(await start(dtype));
  } catch (error) {
    console.log(`${dtype.padEnd(6)} ${error.message}`);
  }
}
for (let round = 0; round < Number(rounds); round++) for (const run of runs) await timeOnce(run);

const exact = runs[0];
console.log(`dtype   vision MB   text MB   ms/picture   ratio   ms/text   least cosine: pictures   texts`);
for (const { dtype, vision, text, images, words } of runs) {
  const cells = [
    sizeOf("vision_model", dtype).toFixed(0).padStart(9),
    sizeOf("text_model", dtype).toFixed(0).padStart(9),
    median(vision).toFixed(2).padStart(12),
    (median(exact.vision) / median(vision)).toFixed(2).padStart(7),
    median(text).toFixed(2).padStart(9),
    leastCosine(images, exact.images).toFixed(5).padStart(24),
    leastCosine(words, exact.words).toFixed(5).padStart(8),
  ];
  console.log(dtype.padEnd(8) + cells.join(" "));
}
console.log(
  `cosines between different pictures in fp32: ${between(exact.images)}, texts: ${between(exact.words)}`,
);
if (values.dataset) await printAccuracies(values.dataset);

async function printAccuracies(path) {
  const dataset = await openDataset(path, { split: "test" });
  const labels = labelSet(dataset.labels);
  const templates = ["a photo of a {}"];
  const { evaluation } = await evaluate({
    dataset,
    runs: runs.map(({ dtype, model }) => ({ name: dtype, model, labels, templates })),
  });
  const points = ({ value, low, high }) => [value, low, high].map((share) => (100 * share).toFixed(2));
  console.log(`\n${evaluation.dataset.pictures} pictures of ${dataset.name}, with 95 % intervals`);
  for (const { name, metrics } of evaluation.runs) {
    const [first, low, high] = points(metrics["acc@1"]);
    const [five] = points(metrics["acc@5"]);
    console.log(`${name.padEnd(8)}acc@1 ${first} % (${low} to ${high})   acc@5 ${five} %`);
  }
}

async function start(dtype) {
  const model = await loadModel(folder, { dtype, threads: Number(threads) });
  const files = readdirSync(pictures).map((name) => imageFile(join(pictures, name)));
  const embedded = allEmbeddings(await model.embedImages(files));
  const images = files.map((_, index) => row(embedded, index));
  const words = allEmbeddings(await model.embedTexts(texts));
  const pixels = standInPictures(Number(batch), model.imageSize);
  pixels.data.fill(0.1);
  const tokens = model.tokenize(Array.from({ length: 16 }, () => texts[0]));
  await model.encodePixels(pixels);
  return {
    dtype,
    model,
    pixels,
    tokens,
    images,
    words: rowsOf(words),
    vision: [],
    text: [],
  };
}

function rowsOf(matrix) {
  return Array.from({ length: matrix.rows }, (_, index) => row(matrix, index));
}

async function timeOnce({ model, pixels, tokens, vision, text }) {
  let begin = performance.now();
  await model.encodePixels(pixels);
  vision.push((performance.now() - begin) / pixels.pictures);
  begin = performance.now();
  await model.encodeTokens(tokens);
  text.push((performance.now() - begin) / tokens.texts);
}

function sizeOf(tower, dtype) {
  const file = join(folder, "onnx", `${tower}${suffixOf(dtype)}.onnx`);
  return statSync(file, { throwIfNoEntry: false })?.size / 1e6 || undefined;
}

function leastCosine(vectors, expected) {
  return Math.min(...vectors.map((vector, index) => dot(vector, expected[index])));
}

function between(vectors) {
  const cosines = vectors.flatMap((a, i) => vectors.slice(i + 1).map((b) => dot(a, b)));
  return `${Math.min(...cosines).toFixed(3)} to ${Math.max(...cosines).toFixed(3)}`;
}
