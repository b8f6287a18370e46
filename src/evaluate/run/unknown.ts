import { energyScore, maximumSimilarity, maximumSoftmax } from "../../classify/reject/knownness.js";
import type { UnknownMetrics } from "../evaluation.js";
import { auroc, fprAtTpr } from "../metrics/detection.js";
import { type BootstrapOptions, stratifiedBootstrapInterval } from "../metrics/intervals.js";
import type { Scorer } from "./scorer.js";

/** Resamples, each of which sorts all pictures anew. */
const RESAMPLES = 200;

/** Measures of being known, from the logits of a picture and what they are multiples of. */
const METHODS = {
  mcm: (logits: Float64Array, scale: number) => maximumSoftmax(logits.map((logit) => logit / scale)),
  energy: (logits: Float64Array) => energyScore(logits),
  similarity: (logits: Float64Array, scale: number) => maximumSimilarity(logits) / scale,
};

/**
 * How well pictures of the labels are told from pictures of none, by each measure of `src/classify/rejection.ts` that needs
 * no other words.
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
    methods.push({
      method,
      auroc: await interval(values, auroc, options),
      fpr95: await interval(values, fprAtTpr, options),
    });
  }
  return { pictures: unknown.pictures, methods };
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

async function interval(
  [known, unknown]: readonly [Float64Array, Float64Array],
  metric: (known: Float64Array, unknown: Float64Array) => number,
  options: BootstrapOptions,
) {
  return stratifiedBootstrapInterval(
    [known.length, unknown.length],
    ([drawnKnown, drawnUnknown]) =>
      metric(
        Float64Array.from(drawnKnown!, (at) => known[at]!),
        Float64Array.from(drawnUnknown!, (at) => unknown[at]!),
      ),
    { ...options, resamples: RESAMPLES },
  );
}
