import {
  energyScore,
  maximumSimilarity,
  maximumSoftmax,
  thresholdForFalseAccepts,
} from "../../scoring/knownness.js";
import type { Estimate, UnknownMetrics } from "../evaluation.js";
import { type BootstrapOptions, estimateOf, type Resampling, resample } from "../metrics/bootstrap.js";
import { auroc, fprAtTpr } from "../metrics/detection.js";
import { wilsonInterval } from "../metrics/intervals.js";
import type { Scorer } from "./scorer.js";

/** Resamples, each of which sorts all pictures anew. */
const RESAMPLES = 200;

/** Measures of being known, from the logits of a picture and what they are multiples of. */
const METHODS = {
  mcm: (logits: Float64Array, scale: number) => maximumSoftmax(logits.map((logit) => logit / scale)),
  energy: (logits: Float64Array) => energyScore(logits),
  similarity: (logits: Float64Array, scale: number) => maximumSimilarity(logits) / scale,
};

/** Shares of unknown pictures that may pass, for which it is told what that costs in known ones. */
const PASSING = [0.01, 0.05, 0.1, 0.2];

/**
 * How well pictures of the labels are told from pictures of none, by each measure of `src/scoring/knownness.ts` that
 * needs no other words, and what a threshold costs in known pictures.
 * @param known scores the pictures of the labels
 * @param unknown scores the others against the same labels
 * @param scale what cosines were multiplied by to give the logits
 */
export async function unknownMetrics(
  known: Scorer,
  unknown: Scorer,
  scale: number,
  options: BootstrapOptions,
): Promise<UnknownMetrics> {
  const methods: UnknownMetrics["methods"][number][] = [];
  const knownValues = await valuesOf(known, scale);
  const unknownValues = await valuesOf(unknown, scale);
  for (const method of ["mcm", "energy", "similarity"] as const) {
    const values = [knownValues[method], unknownValues[method]] as const;
    const [area, rate] = await resampled(values, options);
    methods.push({ method, auroc: area, fpr95: rate, thresholds: thresholdsOf(...values) });
  }
  return { pictures: unknown.pictures, methods };
}

function thresholdsOf(
  known: Float64Array,
  unknown: Float64Array,
): UnknownMetrics["methods"][number]["thresholds"] {
  return PASSING.map((passing) => {
    const threshold = thresholdForFalseAccepts(unknown, passing);
    const kept = known.reduce((count, value) => count + (value >= threshold ? 1 : 0), 0);
    return { passing, threshold, kept: wilsonInterval(kept, known.length) };
  });
}

/** What each method makes of each picture. */
async function valuesOf(scorer: Scorer, scale: number): Promise<Record<keyof typeof METHODS, Float64Array>> {
  const empty = () => new Float64Array(scorer.pictures);
  const values = { mcm: empty(), energy: empty(), similarity: empty() };
  let picture = 0;
  for await (const logits of scorer.byPicture()) {
    for (const method of ["mcm", "energy", "similarity"] as const) {
      values[method][picture] = METHODS[method](logits, scale);
    }
    picture++;
  }
  return values;
}

/** AUROC and the false positive rate at 95 %, over the same resamples. */
async function resampled(
  [known, unknown]: readonly [Float64Array, Float64Array],
  options: BootstrapOptions,
): Promise<[auroc: Estimate, fpr95: Estimate]> {
  const over = (metric: (known: Float64Array, unknown: Float64Array) => number): Resampling => ({
    statistic: ([drawnKnown, drawnUnknown]) =>
      metric(
        Float64Array.from(drawnKnown!, (at) => known[at]!),
        Float64Array.from(drawnUnknown!, (at) => unknown[at]!),
      ),
  });
  const [area, rate] = await resample([known.length, unknown.length], [over(auroc), over(fprAtTpr)], {
    ...options,
    resamples: RESAMPLES,
  });
  return [estimateOf(area!), estimateOf(rate!)];
}
