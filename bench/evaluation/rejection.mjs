/**
 * Calibration and unknown pictures on real data: the tables of docs/calibration.md.
 *
 *   npm run build && node bench/evaluation/rejection.mjs CIFAR100 CLIP
 *
 * CIFAR100 is the test split as on the hub (uoft-cs/cifar100); 20 of its 100 classes at a time are held out as unknown. CLIP
 * is a folder with embeddings by ViT-B/32 as .npy: 500 pictures of CIFAR-10 and their labels, and the class names of LVIS,
 * which are the rivals in both; 3 of 10 classes are held out. No rival is a class of the data set, known or held out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { readNpy, readNpyMatrix } from "../../dist/datasets/arrays/npy.js";
import { auroc, fprAtTpr } from "../../dist/evaluate/metrics/detection.js";
import { evaluateTemperature } from "../../dist/evaluate/run/temperature.js";
import { embedLabels, labelSet, loadModel } from "../../dist/index.js";
import { matrixOf, normaliseRows, row } from "../../dist/math/matrix.js";
import { softmax } from "../../dist/math/softmax.js";
import { topK } from "../../dist/math/top-k.js";
import { dot } from "../../dist/math/vector.js";
import {
  chooseRivals,
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  negativeLabelScore,
} from "../../dist/scoring/knownness.js";
import { cifar100 } from "./cifar100.mjs";
import { mean, shuffled } from "./draw.mjs";

const seeds = 5;
const [folder, clip] = process.argv.slice(2);
const lvis = JSON.parse(readFileSync(join(clip, "lvis-names.json"), "utf8"));

await report("mini on CIFAR-100, 20 of 100 classes held out", await miniOnCifar100(), 20);
await report("CLIP ViT-B/32 on 500 pictures of CIFAR-10, 3 of 10 classes held out", await clipOnCifar10(), 3);

/** Pictures, classes and words as embeddings, and what each picture shows. */
async function miniOnCifar100() {
  const { labels, targets, images, classes } = await cifar100(folder);
  const names = new Set(labels.map(plain));
  const words = [...new Set(lvis.map(plain))].filter((word) => !names.has(word));
  const model = await loadModel("mini");
  return {
    images,
    targets,
    classes: classes.embeddings,
    words: await embedLabels(model, labelSet(words), ["a photo of a {}"]),
    scale: classes.scoring.logitScale,
  };
}

async function clipOnCifar10() {
  const names = "airplane car_(automobile) bird cat deer dog frog horse boat truck".split(" ");
  const texts = normaliseRows(await readNpyMatrix(join(clip, "lvis-text-embeddings.npy")));
  const pick = (chosen) => matrixOf(chosen.map((name) => row(texts, lvis.indexOf(name))));
  return {
    images: normaliseRows(await readNpyMatrix(join(clip, "cifar10-image-embeddings.npy"))),
    targets: Array.from((await readNpy(join(clip, "cifar10-labels.npy"))).data, Number),
    classes: pick(names),
    words: pick(lvis.filter((name) => !names.includes(name))),
    scale: 100,
  };
}

/** `car_(automobile)` as `car`. */
function plain(name) {
  return name
    .replaceAll("_", " ")
    .replace(/ ?\(.*\)/, "")
    .toLowerCase();
}

async function report(title, data, heldOut) {
  console.log(`\n## ${title}\n`);
  const known = { logits: logits(data.images, data.classes, data.scale), scoreFunction: "softmax" };
  reportTemperature({ ...known, targets: data.targets });
  reportRejection(data, known.logits, heldOut);
}

function logits(images, classes, scale) {
  return Array.from({ length: images.rows }, (_, picture) =>
    Float64Array.from(
      { length: classes.rows },
      (_, label) => scale * dot(row(images, picture), row(classes, label)),
    ),
  );
}

function reportTemperature(known) {
  const { fitted, heldOut } = evaluateTemperature(known);
  console.log(`temperature ${fitted.temperature.toFixed(4)} on ${fitted.pictures} pictures`);
  console.log(`on ${heldOut.pictures} others: NLL ${change(heldOut.nllBefore, heldOut.nllAfter)}`);
  console.log(`ECE ${change(heldOut.eceBefore, heldOut.eceAfter)}`);
}

function change(before, after) {
  return `${before.toFixed(4)} -> ${after.toFixed(4)}`;
}

function reportRejection({ classes, words, images, targets, scale }, allLogits, heldOut) {
  const wordLogits = logits(images, words, scale);
  const results = new Map();
  const temperatures = [];
  for (let seed = 0; seed < seeds; seed++) {
    const kept = shuffled(classes.rows, seed)
      .slice(heldOut)
      .sort((a, b) => a - b);
    const keptClasses = matrixOf(kept.map((label) => row(classes, label)));
    const isKnown = targets.map((target) => kept.includes(target));
    const mine = allLogits.map((values) => Float64Array.from(kept, (label) => values[label]));
    temperatures.push(subsetTemperature(mine, targets, kept, isKnown));
    for (const [name, measure] of measures(keptClasses, words, wordLogits, scale)) {
      const values = mine.map(measure);
      const known = values.filter((_, picture) => isKnown[picture]);
      const unknown = values.filter((_, picture) => !isKnown[picture]);
      const before = results.get(name) ?? [];
      results.set(name, [...before, { auroc: auroc(known, unknown), fpr: fprAtTpr(known, unknown) }]);
    }
  }
  console.log(
    `temperatures of the sets without those held out: ${temperatures.map((t) => t.toFixed(3)).join(" ")}\n`,
  );
  console.log("| method | AUROC, mean (sd) | over the score: mean (least) | FPR95 |\n|---|---|---|---|");
  const base = results.get("score");
  for (const [name, runs] of results) {
    const areas = runs.map((run) => run.auroc);
    const gains = areas.map((area, seed) => area - base[seed].auroc);
    const fpr = mean(runs.map((run) => run.fpr));
    console.log(
      `| ${name} | ${mean(areas).toFixed(4)} (${deviation(areas).toFixed(4)}) | ${signed(mean(gains))} (${signed(Math.min(...gains))}) | ${fpr.toFixed(4)} |`,
    );
  }
}

function subsetTemperature(mine, targets, kept, isKnown) {
  const logitsOfKnown = mine.filter((_, picture) => isKnown[picture]);
  const targetsOfKnown = targets
    .filter((_, picture) => isKnown[picture])
    .map((target) => kept.indexOf(target));
  return evaluateTemperature({ logits: logitsOfKnown, targets: targetsOfKnown, scoreFunction: "softmax" })
    .fitted.temperature;
}

/** Each takes the logits of one picture and its position. */
function measures(classes, words, wordLogits, scale) {
  const cosines = (values) => values.map((value) => value / scale);
  const rivals = chooseRivals(classes, words);
  const farthest = farthestWords(classes, words);
  const against = (positions, groupSize) => (values, picture) =>
    negativeLabelScore(
      values,
      positions.map((word) => wordLogits[picture][word]),
      groupSize,
    );
  return [
    ["score", (values) => softmax(values)[topK(values, 1)[0]]],
    ["mcm", (values) => maximumSoftmax(cosines(values))],
    ["energy", (values) => energyScore(values)],
    ["similarity", (values) => maximumSimilarity(cosines(values))],
    ["negative-labels", against(rivals)],
    ["the same in one group", against(rivals, words.rows)],
    ["NegMining: farthest 15 %", against(farthest.slice(0, Math.round(0.15 * words.rows)))],
    ["NegMining: farthest half", against(farthest.slice(0, Math.round(0.5 * words.rows)))],
  ];
}

/** NegMining of NegLabel: by the 95th percentile of a word's cosines to the classes, least first. */
function farthestWords(classes, words) {
  const nearness = Array.from({ length: words.rows }, (_, word) => {
    const rising = Array.from({ length: classes.rows }, (_, label) =>
      dot(row(words, word), row(classes, label)),
    );
    return rising.sort((a, b) => a - b)[Math.round(0.95 * (classes.rows - 1))];
  });
  return Array.from(nearness.keys()).sort((a, b) => nearness[a] - nearness[b]);
}

function deviation(values) {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}

function signed(value) {
  return `${value >= 0 ? "+" : ""}${value.toFixed(4)}`;
}
