import { adaptedLabels } from "../../adapt/index-examples.js";
import { checkPart, requireOptions } from "../../arguments.js";
import { createKnownness, type Knownness } from "../../classify/reject/rejector.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError, optionError } from "../../errors.js";
import { exampleHashes } from "../../labels/examples/example-table.js";
import type { RejectionMethod } from "../../labels/index/fitted.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import { labelMatcher } from "../../labels/set/match.js";
import { type Matrix, row } from "../../math/matrix.js";
import type { Dataset } from "../../rows/dataset.js";
import { thresholdForFalseAccepts, thresholdForKept } from "../../scoring/knownness.js";
import { similaritiesTo } from "../../scoring/similarities.js";
import { auroc } from "../metrics/detection.js";
import {
  type FittingOptions,
  type FittingPictures,
  fittingPictures,
  type LeftOut,
  leftOutText,
} from "./fitting-pictures.js";

/** A threshold that keeps less than this share of known pictures is stored only where the caller insists. */
export const LEAST_KEPT = 0.5;

export interface ChooseThresholdOptions extends Omit<FittingOptions, "onProgress"> {
  /** Pictures that show none of the labels. Those whose label is in the index are left out. */
  readonly unknown?: Dataset | undefined;
  /** Pictures that show one of the labels. Those whose label is not in the index are left out; those without one count. */
  readonly known?: Dataset | undefined;
  /** Of the unknown pictures, let through at most this share, 0 to 1. Either this or `keep`. */
  readonly falseAccepts?: number | undefined;
  /** Of the known pictures, keep at least this share, 0 to 1. */
  readonly keep?: number | undefined;
  /** How to tell. Default `similarity`. */
  readonly method?: RejectionMethod | undefined;
  /** Words that rival the labels, for `negative-labels`. */
  readonly negatives?: readonly string[] | undefined;
  /** Store the threshold though it keeps fewer than half of the known pictures. Default false. */
  readonly force?: boolean | undefined;
  /** Called with the number of pictures of the data set done so far. */
  readonly onProgress?: ((done: number, dataset: Dataset) => void) | undefined;
}

/** Pictures of one kind that a threshold was chosen on or measured with. */
export interface ThresholdPictures {
  readonly dataset: string;
  /** Those that count. */
  readonly pictures: number;
  readonly leftOut: LeftOut;
  readonly failures: FittingPictures["failures"];
}

/** A threshold, what it gains and what it costs. */
export interface ChosenThreshold {
  readonly method: RejectionMethod;
  /** A picture whose value is below this is unknown. */
  readonly threshold: number;
  /** Whether the index has it now: not where it keeps less than {@link LEAST_KEPT} of the known pictures, unless forced. */
  readonly stored: boolean;
  /** Share of the known pictures that are kept: the cost. Absent where no known pictures were given: it is not known. */
  readonly kept?: number;
  /** Share of the unknown pictures that are let through. Absent where none were given. */
  readonly falseAccepts?: number;
  /** Chance that a known picture has a higher value than an unknown one; 0.5 tells nothing. Needs both. */
  readonly auroc?: number;
  readonly known?: ThresholdPictures;
  readonly unknown?: ThresholdPictures;
}

/**
 * Chooses below which value a picture is unknown, and stores it in the index for classifiers with `reject: true`. Examples of
 * the index, pictures that come twice, and pictures that are both known and unknown, by their contents or by their labels,
 * are left out and counted.
 *
 * @param model With its text tower where there are `negatives`.
 * @throws NearlabelError `OPTION_INVALID`, `INDEX_MODEL_MISMATCH`, `WRITE_FAILED`; `INPUT_EMPTY` where no picture is left
 */
export async function chooseThreshold(
  index: LabelIndex,
  model: Encoder,
  options: ChooseThresholdOptions,
): Promise<ChosenThreshold> {
  checkChoice(options);
  checkPart("index", index);
  checkPart("model", model);
  const { method = "similarity", negatives, force = false, signal } = options;
  await index.checkModel(model);
  const { labels, embeddings } = await adaptedLabels(index);
  const { templates } = index.info;
  const knownness = await createKnownness({ method, negatives }, { embeddings, templates, model, signal });
  const names = new Set(labels.map(({ label }) => label));
  const found = await picturesOf(model, { examples: await exampleHashes(index), names }, options);
  const measured = (one: Given) => valuesOf(one, embeddings, knownness);
  const known = found.known && measured(found.known);
  const unknown = found.unknown && measured(found.unknown);
  const { threshold, chosenOn } = choose(options, known, unknown);
  const kept = known && shareAbove(known.values, threshold);
  const stored = force || kept === undefined || kept >= LEAST_KEPT;
  if (stored) {
    const { dataset, pictures } = chosenOn.told;
    await index.rejectBelow({ method, threshold, dataset, pictures, ...(negatives && { negatives }) });
  }
  return {
    method,
    threshold,
    stored,
    ...(kept !== undefined && { kept }),
    ...(unknown && { falseAccepts: shareAbove(unknown.values, threshold) }),
    ...(known && unknown && { auroc: auroc(known.values, unknown.values) }),
    ...(known && { known: known.told }),
    ...(unknown && { unknown: unknown.told }),
  };
}

/** A data set and which of its pictures count. */
interface Given {
  readonly dataset: Dataset;
  readonly found: FittingPictures;
}

/** How likely each picture of one kind is known. */
interface Measured {
  readonly values: readonly number[];
  readonly told: ThresholdPictures;
}

/** Known pictures first: an unknown one that is among them is left out. */
async function picturesOf(
  model: Encoder,
  { examples, names }: { readonly examples: ReadonlySet<string>; readonly names: ReadonlySet<string> },
  { known, unknown, onProgress, limit, cache, signal }: ChooseThresholdOptions,
): Promise<{ known?: Given; unknown?: Given }> {
  const optionsFor = (dataset: Dataset) => ({
    limit,
    cache,
    signal,
    onProgress: (done: number) => onProgress?.(done, dataset),
  });
  const match = labelMatcher([...names]);
  const isKnown = (label: string) => match(label) !== undefined;
  const ours = known && {
    dataset: known,
    found: await fittingPictures(
      known,
      model,
      { examples, fits: (label) => (label === undefined || isKnown(label) ? "yes" : "other label") },
      optionsFor(known),
    ),
  };
  const others = unknown && {
    dataset: unknown,
    found: await fittingPictures(
      unknown,
      model,
      {
        examples,
        known: ours?.found.hashes ?? new Set(),
        fits: (label) => (label !== undefined && isKnown(label) ? "other label" : "yes"),
      },
      optionsFor(unknown),
    ),
  };
  return { ...(ours && { known: ours }), ...(others && { unknown: others }) };
}

/** @throws NearlabelError `INPUT_EMPTY` */
function valuesOf({ dataset, found }: Given, classes: Matrix, knownness: Knownness): Measured {
  const { pictures, positions, leftOut, failures } = found;
  if (positions.length === 0) {
    const others = leftOutText(leftOut);
    const failed = failures.length > 0 ? ` ${failures.length} could not be read.` : "";
    throw new NearlabelError(
      "INPUT_EMPTY",
      `${dataset.name}: no picture to choose a threshold on.${others === "" ? "" : ` Left out: ${others}.`}${failed}`,
    );
  }
  const values = positions.map((at) => {
    const image = row(pictures.embeddings, at);
    return knownness(image, similaritiesTo(image, classes));
  });
  return { values, told: { dataset: dataset.name, pictures: positions.length, leftOut, failures } };
}

/** The options were checked to name the pictures that are needed. */
function choose(
  { falseAccepts, keep }: ChooseThresholdOptions,
  known: Measured | undefined,
  unknown: Measured | undefined,
): { threshold: number; chosenOn: Measured } {
  return falseAccepts === undefined
    ? { threshold: thresholdForKept(known!.values, keep!), chosenOn: known! }
    : { threshold: thresholdForFalseAccepts(unknown!.values, falseAccepts), chosenOn: unknown! };
}

function shareAbove(values: readonly number[], threshold: number): number {
  return values.filter((value) => value >= threshold).length / values.length;
}

const OPTIONS = [
  ...["unknown", "known", "falseAccepts", "keep", "method", "negatives", "force"],
  ...["limit", "cache", "signal", "onProgress"],
] as (keyof ChooseThresholdOptions)[];

function checkChoice(options: ChooseThresholdOptions): void {
  requireOptions(options, OPTIONS, "chooseThreshold");
  const { known, unknown, falseAccepts, keep } = options;
  if ((falseAccepts === undefined) === (keep === undefined)) {
    throw new NearlabelError("OPTION_INVALID", "Expected falseAccepts or keep, got both or neither.");
  }
  if (falseAccepts !== undefined && unknown === undefined) {
    throw optionError("unknown", "a data set of pictures that show none of the labels", unknown);
  }
  if (keep !== undefined && known === undefined) {
    throw optionError("known", "a data set of pictures that show one of the labels", known);
  }
}
