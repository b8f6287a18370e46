/**
 * Labels that the model doubts, beside cleanlab on the same probabilities: 10 % of CIFAR-100's labels are swapped at random, three times.
 *
 *   npm run build && node bench/images/suspects.mjs --cifar100 folder [--python /path/to/python] [--json file]
 *
 * Precision and recall of all that is listed; cleanlab's `find_label_issues` with its defaults gets the softmax of the built-in model
 * without temperature. Python needs cleanlab and numpy.
 */
import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { labelDoubts } from "../../dist/images/curate/label-doubts.js";
import { LEAST_DOUBT } from "../../dist/images/curate/suspects.js";
import { embedLabels, labelSet, loadModel, openDataset } from "../../dist/index.js";
import { randomGenerator, uniformInt } from "../../dist/math/random.js";
import { argumentsOf, bar, machine, median, round, skipped, writeResult } from "../result.mjs";

const SWAPPED = 0.1;
const SEEDS = [1, 2, 3];
const CLEANLAB = `
import json, sys, numpy as np
from cleanlab.filter import find_label_issues
folder, count = sys.argv[1], int(sys.argv[2])
p = np.fromfile(f"{folder}/probabilities", np.float64).reshape(-1, count)
print(json.dumps([find_label_issues(np.fromfile(f"{folder}/given-{seed}", np.int32), p).nonzero()[0].tolist() for seed in (1, 2, 3)]))
`;

const { cifar100, python = process.env.PYTHON, json } = argumentsOf(["cifar100", "python"]);
const WANTED = "not below cleanlab's";
const name = "suspects";
if (!cifar100) {
  await writeResult(
    { name, bars: [skipped("precision and recall", WANTED, "no --cifar100")], figures: {} },
    json,
  );
} else {
  const { images, truth, classes } = await embedded(cifar100);
  const given = SEEDS.map((seed) => swapped(truth, classes.labels.length, seed));
  const ours = [];
  for (const labels of given) {
    const doubts = await labelDoubts(images, labels, classes);
    ours.push(doubts.flatMap((doubt, at) => (doubt.doubt >= LEAST_DOUBT ? [at] : [])));
  }
  const theirs = python ? await cleanlab(images, classes, given) : undefined;
  const [us, them] = [ours, theirs].map((found) => found && figuresOf(found, given, truth));
  const bars = ["precision", "recall"].map((figure) =>
    them
      ? bar(`${figure}; cleanlab ${round(them[figure])}`, WANTED, us[figure], "", us[figure] >= them[figure])
      : skipped(`${figure} ${round(us[figure])}`, WANTED, "no Python with cleanlab"),
  );
  await writeResult({ name, bars, figures: { us, cleanlab: them, machine: machine() } }, json);
}

async function embedded(path) {
  const model = await loadModel("mini");
  const dataset = await openDataset(path);
  const labels = labelSet(dataset.labels);
  const images = {
    data: new Float32Array(dataset.size * model.dimension),
    rows: dataset.size,
    columns: model.dimension,
  };
  const truth = [];
  let batch = [];
  const flush = async () => {
    const { embeddings } = await model.embedImages(batch, { more: true });
    images.data.set(embeddings.data, (truth.length - batch.length) * model.dimension);
    batch = [];
  };
  for await (const { image, label } of dataset.rows()) {
    batch.push(image);
    truth.push(dataset.labels.indexOf(label));
    if (batch.length === 64) await flush();
  }
  if (batch.length > 0) await flush();
  const embeddings = await embedLabels(model, labels, ["a photo of a {}"]);
  await model.close();
  return { images, truth, classes: { labels, embeddings, scoring: model.scoring } };
}

/** A tenth of the labels, each replaced by one of the others. */
function swapped(truth, labels, seed) {
  const generator = randomGenerator(seed);
  const given = [...truth];
  const order = truth.map((_, at) => at);
  for (let at = 0; at < SWAPPED * truth.length; at++) {
    const other = uniformInt(generator, at, order.length - 1);
    [order[at], order[other]] = [order[other], order[at]];
    given[order[at]] = (truth[order[at]] + uniformInt(generator, 1, labels - 1)) % labels;
  }
  return given;
}

async function cleanlab({ data, rows, columns }, { embeddings, scoring }, given) {
  const folder = await mkdtemp(join(tmpdir(), "nearlabel-bench-"));
  try {
    const probabilities = new Float64Array(rows * embeddings.rows);
    for (let r = 0; r < rows; r++) {
      const logits = Array.from({ length: embeddings.rows }, (_, label) => {
        let sum = 0;
        for (let i = 0; i < columns; i++) sum += data[r * columns + i] * embeddings.data[label * columns + i];
        return scoring.logitScale * sum;
      });
      const most = Math.max(...logits);
      const weights = logits.map((logit) => Math.exp(logit - most));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      probabilities.set(
        weights.map((weight) => weight / total),
        r * embeddings.rows,
      );
    }
    await writeFile(join(folder, "probabilities"), probabilities);
    for (const [at, labels] of given.entries()) {
      await writeFile(join(folder, `given-${SEEDS[at]}`), Int32Array.from(labels));
    }
    const script = join(folder, "run.py");
    await writeFile(script, CLEANLAB);
    const options = { encoding: "utf8", maxBuffer: 2 ** 26, stdio: ["ignore", "pipe", "ignore"] };
    return JSON.parse(execFileSync(python, [script, folder, String(embeddings.rows)], options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The median over the draws. */
function figuresOf(found, given, truth) {
  const each = found.map((positions, draw) => {
    const wrong = (at) => given[draw][at] !== truth[at];
    const hits = positions.filter(wrong).length;
    return {
      listed: positions.length,
      precision: hits / positions.length,
      recall: hits / truth.filter((_, at) => wrong(at)).length,
    };
  });
  const of = (figure) => median(each.map((one) => one[figure]));
  return { listed: of("listed"), precision: of("precision"), recall: of("recall") };
}
