/**
 * Accuracy with 0, 1, 2, 4, 8 and 16 labelled pictures a class, over 5 seeds, of class means and Tip-Adapter.
 *
 *   npm run build && node bench/evaluation/few-shot.mjs
 *
 * Only test pictures are there, so each seed splits them into halves: examples are drawn from one, accuracy is measured
 * on the other. All methods see the same examples. Prints a table a data set and writes docs/few-shot.svg.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { adaptClasses, meanWeight } from "../../dist/adapt/class-means.js";
import { tipAdapterLogits, tipAdapterOptions } from "../../dist/adapt/tip-adapter.js";
import { row, rowsAt } from "../../dist/math/matrix.js";
import { similaritiesTo } from "../../dist/scoring/similarities.js";
import { cifar10Clip } from "./cifar10-clip.mjs";
import { cifar100 } from "./cifar100.mjs";
import { accuracy, deviation, mean, shuffled } from "./draw.mjs";
import { fewShotFigure } from "./few-shot-figure.mjs";

const SHOTS = [0, 1, 2, 4, 8, 16];
const SEEDS = [1, 2, 3, 4, 5];
const METHODS = {
  "class means": classMeans,
  "Tip-Adapter, searched": (data, examples) =>
    tipAdapter(data, examples, tipAdapterOptions(data.classes, examples)),
  "Tip-Adapter, paper's α and β": (data, examples) => tipAdapter(data, examples, {}),
};

const panels = [];
panels.push(panel("Built-in model, CIFAR-100", await cifar100()));
panels.push(panel("CLIP ViT-B/32, CIFAR-10 (500 pictures)", await cifar10Clip()));
writeFileSync(
  fileURLToPath(new URL("../../docs/few-shot.svg", import.meta.url)),
  fewShotFigure(SHOTS, panels),
);

function panel(title, data) {
  const runs = SHOTS.map((shots) => SEEDS.map((seed) => measure(data, shots, seed)));
  const curves = Object.keys(METHODS).map((method) => ({
    method,
    points: runs.map((seeds) => {
      const values = seeds.map(({ accuracies }) => accuracies[method]);
      return { mean: mean(values), deviation: deviation(values) };
    }),
  }));
  console.log(
    `\n${title}\n\n| shots | ${Object.keys(METHODS).join(" | ")} | means less zero-shot | means less Tip-Adapter, searched | weight of the means |`,
  );
  console.log(`|---|${"---|".repeat(curves.length + 3)}`);
  for (const [at, shots] of SHOTS.entries()) {
    const cells = curves.map(({ points }) => spread(points[at]));
    for (const other of ["zero-shot", "Tip-Adapter, searched"]) cells.push(pairedGain(runs[at], other));
    const weights = [...new Set(runs[at].map(({ weight }) => weight))].sort();
    console.log(`| ${shots} | ${cells.join(" | ")} | ${weights.join(", ")} |`);
  }
  return { title, curves };
}

/** Class means less another method on the same split and examples, over the seeds. */
function pairedGain(runs, other) {
  const gains = runs.map(({ accuracies }) => accuracies["class means"] - accuracies[other]);
  const sign = mean(gains) < 0 ? "−" : "+";
  return sign + spread({ mean: Math.abs(mean(gains)), deviation: deviation(gains) });
}

function spread(point) {
  return `${point.mean.toFixed(1)} ± ${point.deviation.toFixed(1)}`;
}

function measure({ targets, images, classes }, shots, seed) {
  const order = shuffled(targets.length, seed);
  const half = Math.floor(order.length / 2);
  const support = drawn(order.slice(0, half), targets, shots);
  const query = order.slice(half);
  const data = { classes, images: rowsAt(images, query), targets: query.map((index) => targets[index]) };
  const examples = {
    embeddings: rowsAt(images, support),
    classes: support.map((index) => targets[index]),
  };
  const accuracies = Object.fromEntries(
    Object.entries({ "zero-shot": zeroShot, ...METHODS }).map(([name, method]) => [
      name,
      accuracy(method(data, examples), data.targets),
    ]),
  );
  return { accuracies, weight: shots === 0 ? "" : meanWeight(classes, examples) };
}

/** The first `shots` of each class. */
function drawn(order, targets, shots) {
  const seen = new Map();
  return order.filter((index) => {
    const count = seen.get(targets[index]) ?? 0;
    seen.set(targets[index], count + 1);
    return count < shots;
  });
}

function zeroShot({ classes, images }) {
  return (index) => similaritiesTo(row(images, index), classes.embeddings);
}

function classMeans({ classes, images }, examples) {
  const { embeddings } = adaptClasses(classes, examples);
  return (index) => similaritiesTo(row(images, index), embeddings);
}

function tipAdapter({ classes, images }, examples, options) {
  return (index) => tipAdapterLogits(row(images, index), classes, examples, options);
}
