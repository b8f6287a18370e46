/**
 * What many unlabelled pictures at once gain: distribution normalisation, prior correction, zero-shot label propagation;
 * and EM for the prior, which was measured and not kept.
 *
 *   npm run build && node bench/evaluation/unlabelled.mjs
 *
 * On all pictures, and over 5 seeds on draws in which labels are as frequent as 1, r, r^2, ... down to a tenth, in an order
 * drawn with the seed: what these methods assume does not hold there.
 */
import { normaliseDistribution } from "../../dist/adapt/distribution-normalisation.js";
import { transduce } from "../../dist/adapt/label-propagation.js";
import { correctPrior } from "../../dist/adapt/prior-correction.js";
import { row, rowsAt } from "../../dist/math/matrix.js";
import { softmax } from "../../dist/math/softmax.js";
import { cifar10Clip } from "./cifar10-clip.mjs";
import { cifar100 } from "./cifar100.mjs";
import { accuracy, deviation, mean, shuffled } from "./draw.mjs";

const SEEDS = [1, 2, 3, 4, 5];
const zeroShot = (images, classes) => normaliseDistribution(images, classes, 0);
const METHODS = {
  "zero-shot": zeroShot,
  "distribution normalisation, 0.25": normaliseDistribution,
  "distribution normalisation, 1": (images, classes) => normaliseDistribution(images, classes, 1),
  "prior correction": (images, classes) => correctPrior(zeroShot(images, classes)),
  "prior by EM (not kept)": (images, classes) => priorByEm(zeroShot(images, classes)),
  "label propagation": transduce,
};

report("Built-in model, CIFAR-100", await cifar100());
report("CLIP ViT-B/32, CIFAR-10 (500 pictures)", await cifar10Clip());

function report(title, data) {
  const all = measure(data);
  const unequal = SEEDS.map((seed) => measure(unequallyDrawn(data, seed)));
  console.log(
    `\n${title}\n\n| method | all pictures | gain | unequal labels | gain, paired by seed |\n|---|---|---|---|---|`,
  );
  for (const method of Object.keys(METHODS)) {
    const values = unequal.map((run) => run[method]);
    const gains = unequal.map((run) => run[method] - run["zero-shot"]);
    const cells = [
      all[method].toFixed(2),
      signed(all[method] - all["zero-shot"]),
      spread(values),
      spread(gains, signed),
    ];
    console.log(`| ${method} | ${cells.join(" | ")} |`);
  }
}

function measure({ images, classes, targets }) {
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, method]) => {
      const scores = method(images, classes);
      return [name, accuracy((index) => row(scores, index), targets)];
    }),
  );
}

/** As many pictures of each label as there are, times a share that falls from 1 to 0.1. */
function unequallyDrawn({ images, classes, targets }, seed) {
  const count = classes.labels.length;
  const order = shuffled(count, seed);
  const shares = order.map((place) => 0.1 ** (place / (count - 1)));
  const quotas = shares.map((share, label) =>
    Math.round(share * targets.filter((target) => target === label).length),
  );
  const kept = shuffled(targets.length, seed).filter((index) => quotas[targets[index]]-- > 0);
  return { images: rowsAt(images, kept), classes, targets: kept.map((index) => targets[index]) };
}

/** Saerens et al. 2002: the prior and the scores in turn, from a uniform prior, until they agree. */
function priorByEm(logits, steps = 100) {
  const { rows, columns } = logits;
  const given = Array.from({ length: rows }, (_, r) => softmax(row(logits, r)));
  let prior = new Float64Array(columns).fill(1 / columns);
  let scores = given;
  for (let step = 0; step < steps; step++) {
    scores = given.map((each) => {
      const weighted = each.map((score, c) => score * prior[c]);
      const sum = weighted.reduce((total, value) => total + value, 0);
      return weighted.map((value) => value / sum);
    });
    const next = new Float64Array(columns);
    for (const each of scores) for (let c = 0; c < columns; c++) next[c] += each[c] / rows;
    prior = next;
  }
  return { data: Float32Array.from(scores.flatMap((each) => [...each])), rows, columns };
}

function spread(values, format = (value) => value.toFixed(2)) {
  return `${format(mean(values))} ± ${deviation(values).toFixed(2)}`;
}

function signed(value) {
  return `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(2)}`;
}
