import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { DEFAULT_TEMPLATES, templateSet } from "../../labels/prompts/templates.js";
import type { Label } from "../../labels/set/label.js";
import { type Matrix, rowsAt } from "../../math/matrix.js";
import { norm } from "../../math/vector.js";
import { similarityRows } from "../../scoring/similarities.js";
import type { Estimate } from "../evaluation.js";
import { wilsonInterval } from "../metrics/intervals.js";
import { mcnemar } from "../metrics/paired.js";
import { outcomesOf } from "../run/outcomes.js";
import { cosineScorer } from "../run/scorer.js";

export interface PromptSearchInput {
  readonly encoder: Encoder;
  readonly labels: readonly Label[];
  /** Templates to choose from, without doubles. */
  readonly candidates: readonly string[];
  /** Unit-length rows, and the position of each picture's label in `labels`. */
  readonly images: Matrix;
  readonly targets: Int32Array;
  /** 1 for the pictures that templates are chosen on, 0 for those that the choice is measured on. */
  readonly validation: Uint8Array;
  /** Templates in the ensemble at most. Default 10. */
  readonly most?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of candidates encoded so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** A set of templates and its acc@1. */
export interface MeasuredTemplates {
  readonly templates: readonly string[];
  readonly accuracy: Estimate;
}

export interface PromptSearch {
  /** Each candidate alone on the validation pictures, best first. */
  readonly alone: readonly MeasuredTemplates[];
  /** The ensemble after each template that was added, on the validation pictures, where it was chosen: too good to be true. */
  readonly steps: readonly MeasuredTemplates[];
  /** On the other pictures: the default template, the best one alone, all candidates together, the chosen ensemble. */
  readonly test: {
    readonly byDefault: MeasuredTemplates;
    readonly best: MeasuredTemplates;
    readonly all: MeasuredTemplates;
    readonly chosen: MeasuredTemplates;
    /** McNemar's exact test of the chosen ensemble against the default template. */
    readonly pValue: number;
  };
}

/** Numbers that the similarities of all candidates may take together; of more validation pictures every n-th is searched. */
const MOST_SIMILARITIES = 2 ** 27;

/**
 * Greedy forward selection of a prompt ensemble: the template that alone names most validation pictures right, then again
 * and again the one that adds most, until none does (Caruana et al. 2004, "Ensemble selection from libraries of models",
 * without replacement). What was chosen is measured on pictures that had no part in choosing.
 *
 * @throws NearlabelError `TEMPLATE_INVALID`; `DATASET_INVALID` where one of the two parts is empty
 */
export async function searchPrompts(input: PromptSearchInput): Promise<PromptSearch> {
  const { encoder, labels, signal, onProgress, most = 10 } = input;
  const candidates = [...new Set(templateSet(input.candidates))];
  const chosenOn = positionsWhere(input.validation, 1);
  const measuredOn = positionsWhere(input.validation, 0);
  if (chosenOn.length === 0 || measuredOn.length === 0) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Prompt search needs pictures to choose on and others to measure on, got ${chosenOn.length} and ${measuredOn.length}.`,
    );
  }
  const classes: Matrix[] = [];
  for (const template of candidates) {
    classes.push(await embedLabels(encoder, labels, [template], { signal }));
    onProgress?.(classes.length);
  }
  const { alone, steps } = await greedy(
    classes,
    thinned(chosenOn, candidates.length * labels.length),
    input,
    most,
  );
  const named = (chosen: readonly number[]) => chosen.map((at) => candidates[at]!);
  const test = (templates: readonly string[]) => measured(templates, measuredOn, input);
  const byDefault = await test(DEFAULT_TEMPLATES);
  const chosen = await test(named(steps.at(-1)!.chosen));
  return {
    alone: alone.map((step) => ({ templates: named(step.chosen), accuracy: step.accuracy })),
    steps: steps.map((step) => ({ templates: named(step.chosen), accuracy: step.accuracy })),
    test: {
      byDefault: byDefault.measured,
      best: (await test(named(alone[0]!.chosen))).measured,
      all: (await test(candidates)).measured,
      chosen: chosen.measured,
      pValue: mcnemar(byDefault.correct, chosen.correct).pValue,
    },
  };
}

function positionsWhere(flags: Uint8Array, wanted: number): number[] {
  return [...flags.keys()].filter((position) => flags[position] === wanted);
}

function thinned(pictures: readonly number[], numbersEach: number): readonly number[] {
  const every = Math.ceil((pictures.length * numbersEach) / MOST_SIMILARITIES);
  return every <= 1 ? pictures : pictures.filter((_, at) => at % every === 0);
}

/** Candidates chosen so far, by position, and how well they do together. */
interface Step {
  readonly chosen: readonly number[];
  readonly accuracy: Estimate;
}

/**
 * An ensemble's class embedding is the sum of its templates' at unit length, so its similarities are the sums of theirs
 * divided by the lengths of the sums: no picture is multiplied with a class embedding twice.
 */
async function greedy(
  classes: readonly Matrix[],
  pictures: readonly number[],
  { images, targets }: PromptSearchInput,
  most: number,
): Promise<{ alone: Step[]; steps: Step[] }> {
  const labels = classes[0]!.rows;
  const searched = rowsAt(images, pictures);
  const similarities: Float32Array[] = [];
  for (const matrix of classes) similarities.push(await similaritiesOf(searched, matrix));
  let sums = new Float32Array(pictures.length * labels);
  let embeddings = new Float32Array(classes[0]!.data.length);
  const withCandidate = (chosen: readonly number[], at: number): Step => {
    const lengths = lengthsOf(added(embeddings, classes[at]!.data), labels);
    const right = rightOnes(sums, similarities[at]!, lengths, pictures, targets);
    return { chosen: [...chosen, at], accuracy: wilsonInterval(right, pictures.length) };
  };
  const alone = classes.map((_, at) => withCandidate([], at)).sort(byAccuracy);
  const steps: Step[] = [];
  let best: Step | undefined = alone[0];
  while (best && steps.length < most) {
    steps.push(best);
    const last = best.chosen.at(-1)!;
    sums = added(sums, similarities[last]!);
    embeddings = added(embeddings, classes[last]!.data);
    const { chosen, accuracy } = best;
    const next = [...classes.keys()]
      .filter((at) => !chosen.includes(at))
      .map((at) => withCandidate(chosen, at))
      .sort(byAccuracy)[0];
    best = next && next.accuracy.value > accuracy.value ? next : undefined;
  }
  return { alone, steps };
}

function byAccuracy(a: Step, b: Step): number {
  return b.accuracy.value - a.accuracy.value;
}

async function similaritiesOf(images: Matrix, classes: Matrix): Promise<Float32Array> {
  const similarities = new Float32Array(images.rows * classes.rows);
  let start = 0;
  for await (const ofPicture of similarityRows(images, classes)) {
    similarities.set(ofPicture, start);
    start += classes.rows;
  }
  return similarities;
}

function added(a: Float32Array, b: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(a, (value, at) => value + b[at]!);
}

function lengthsOf(embeddings: Float32Array, labels: number): Float64Array {
  const columns = embeddings.length / labels;
  return Float64Array.from({ length: labels }, (_, label) =>
    norm(embeddings.subarray(label * columns, (label + 1) * columns)),
  );
}

/** Pictures whose nearest class is theirs. */
function rightOnes(
  sums: Float32Array,
  more: Float32Array,
  lengths: Float64Array,
  pictures: readonly number[],
  targets: Int32Array,
): number {
  const labels = lengths.length;
  let right = 0;
  for (const [at, picture] of pictures.entries()) {
    let best = 0;
    let largest = Number.NEGATIVE_INFINITY;
    for (let label = 0; label < labels; label++) {
      const similarity = (sums[at * labels + label]! + more[at * labels + label]!) / lengths[label]!;
      if (similarity > largest) {
        largest = similarity;
        best = label;
      }
    }
    if (best === targets[picture]) right++;
  }
  return right;
}

async function measured(
  templates: readonly string[],
  pictures: readonly number[],
  { encoder, labels, images, targets, signal }: PromptSearchInput,
): Promise<{ measured: MeasuredTemplates; correct: Uint8Array }> {
  const classes = await embedLabels(encoder, labels, templates, { signal });
  const { correct } = await outcomesOf(
    cosineScorer(rowsAt(images, pictures), classes, encoder.scoring),
    Int32Array.from(pictures, (picture) => targets[picture]!),
  );
  const right = correct.reduce((sum, value) => sum + value, 0);
  return { measured: { templates, accuracy: wilsonInterval(right, pictures.length) }, correct };
}
