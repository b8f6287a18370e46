/** The results of scripts that have a form of their own, in that of result.mjs. */
import { readFile } from "node:fs/promises";
import { bar, round } from "./result.mjs";

/** Of the limit, so many shares are wanted. */
const OF_LIMIT = 0.8;
const LABELS_OF_LIMIT = 0.5;
const MANY_LABELS = 10_000;

/** The line of JSON on stdout. */
export async function throughputResult({ output }) {
  const figures = JSON.parse(output.split("\n").find((line) => line.startsWith("{")));
  const { model, photos, picturesPerSecond, limit, ofLimit } = figures;
  const what = `classify ${photos} photos with ${model}, ${picturesPerSecond} pictures/s: of the limit, ${limit}`;
  return { bars: [bar(what, `at least ${OF_LIMIT}`, ofLimit, "", ofLimit >= OF_LIMIT)], figures };
}

export async function labelsResult({ json }) {
  const figures = JSON.parse(await readFile(json, "utf8"));
  if (figures.bars) return figures;
  const bars = figures.results
    .filter(({ labels }) => labels >= MANY_LABELS)
    .map(({ labels, columns, ours, share }) => {
      const what = `${figures.pictures} pictures against ${labels} labels of ${columns} numbers, ${round(ours)} ms: of the limit`;
      return bar(what, `at least ${LABELS_OF_LIMIT}`, share, "", share >= LABELS_OF_LIMIT);
    });
  return { bars, figures };
}
