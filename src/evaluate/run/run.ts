import type { Label } from "../../labels/set/label.js";
import type { Matrix } from "../../math/matrix.js";
import { topK } from "../../math/top-k.js";
import type { ConfusedPair, EvaluationRun, Metrics, Mistake } from "../evaluation.js";
import { reliabilityBins } from "../metrics/calibration.js";
import {
  type ConfusionMatrix,
  classMetrics,
  clusterOrder,
  confusedPairs,
  confusionMatrix,
} from "../metrics/confusion.js";
import { principalComponents } from "../metrics/projection.js";
import { riskCoverage, thinCurve } from "../metrics/selective.js";
import { accuracyEstimate, metricsOf, type ResampledMetrics, resampledMetrics } from "./estimates.js";
import { hierarchyOf, tallyHierarchy } from "./hierarchy.js";
import { type Outcomes, outcomesOf } from "./outcomes.js";
import type { Scorer } from "./scorer.js";

/** Entries of the lists of a run. */
const CONFUSED_PAIRS = 50;
const PAIR_EXAMPLES = 4;
const WORST_MISTAKES = 60;
const CURVE_POINTS = 200;

/** What is told of a run before it is scored. */
export type RunHead = Pick<
  EvaluationRun,
  "name" | "model" | "templates" | "method" | "logitScale" | "temperature"
>;

/** A run on pictures that are embedded: all that scoring and metrics need. */
export interface RunInput {
  readonly head: RunHead;
  readonly labels: readonly Label[];
  readonly classEmbeddings: Matrix;
  readonly scorer: Scorer;
  readonly ids: readonly (string | number)[];
  /** Position of each picture's label in `labels`. */
  readonly targets: Int32Array;
  readonly seed: number;
  readonly signal?: AbortSignal | undefined;
}

/** How often the first prediction, or one of the first five, is right: what is known as soon as pictures are scored. */
export interface Headline {
  readonly name: string;
  readonly accuracy: Pick<Metrics, "acc@1" | "acc@5">;
}

export interface ScoredRun {
  readonly run: EvaluationRun;
  readonly outcomes: Outcomes;
  readonly resampled: ResampledMetrics;
}

/** Scores the pictures and computes every metric. `onHeadline` is told the accuracy before the slower ones. */
export async function scoreRun(
  input: RunInput,
  onHeadline?: (headline: Headline) => void,
): Promise<ScoredRun> {
  const { head, labels, scorer, targets, classEmbeddings, seed, signal } = input;
  const hierarchy = hierarchyOf(labels);
  const tally = hierarchy && tallyHierarchy(hierarchy);
  const outcomes = await outcomesOf(scorer, targets, (picture, scores) =>
    tally?.count(targets[picture]!, topK(scores, 1)[0]!, scores),
  );
  const accuracy = {
    "acc@1": accuracyEstimate(outcomes, 1),
    "acc@5": accuracyEstimate(outcomes, 5),
  };
  onHeadline?.({ name: head.name, accuracy });
  const resampled = await resampledMetrics(scorer, outcomes, { seed, signal });
  const names = labels.map(({ label }) => label);
  const confusion = confusionMatrix(targets, outcomes.predicted, labels.length);
  const run: EvaluationRun = {
    ...head,
    labels: names,
    metrics: metricsOf(resampled, accuracy),
    perClass: classMetrics(confusion),
    confusion: confusion.entries,
    clusterOrder: clusterOrder(confusion),
    confusedPairs: pairsOf(confusion, outcomes, input),
    reliability: reliabilityBins(outcomes.confidences, outcomes.correct),
    riskCoverage: thinCurve(riskCoverage(outcomes.confidences, outcomes.correct), CURVE_POINTS),
    worstMistakes: worstMistakes(outcomes, input),
    labelMap: mapOf(classEmbeddings),
    ...(tally && { hierarchy: tally.metrics() }),
  };
  return { run, outcomes, resampled };
}

function pairsOf(confusion: ConfusionMatrix, outcomes: Outcomes, { labels, ids }: RunInput): ConfusedPair[] {
  const { targets, predicted } = outcomes;
  const examples = new Map<number, (string | number)[]>();
  for (const [picture, target] of targets.entries()) {
    const key = target * labels.length + predicted[picture]!;
    const found = examples.get(key) ?? [];
    if (found.length < PAIR_EXAMPLES) examples.set(key, [...found, ids[picture]!]);
  }
  return confusedPairs(confusion, CONFUSED_PAIRS).map((pair) => ({
    label: labels[pair.target]!.label,
    predicted: labels[pair.predicted]!.label,
    pictures: pair.pictures,
    share: pair.share,
    examples: examples.get(pair.target * labels.length + pair.predicted) ?? [],
  }));
}

function worstMistakes(outcomes: Outcomes, { labels, ids }: RunInput): Mistake[] {
  const { correct, confidences, targets, predicted, ranks, logProbabilities } = outcomes;
  const wrong = [...correct.keys()].filter((picture) => correct[picture] === 0);
  const worst = topK(
    wrong.map((picture) => confidences[picture]!),
    WORST_MISTAKES,
  );
  return worst.map((at) => {
    const picture = wrong[at]!;
    return {
      id: ids[picture]!,
      label: labels[targets[picture]!]!.label,
      predicted: labels[predicted[picture]!]!.label,
      score: confidences[picture]!,
      labelScore: Math.exp(logProbabilities[picture]!),
      labelRank: ranks[picture]!,
    };
  });
}

function mapOf(classEmbeddings: Matrix): { x: number; y: number }[] {
  const scores = principalComponents(classEmbeddings, 2);
  return Array.from({ length: classEmbeddings.rows }, (_, label) => ({
    x: scores[2 * label]!,
    y: scores[2 * label + 1]!,
  }));
}
