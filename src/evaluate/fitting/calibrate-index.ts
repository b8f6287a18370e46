import { adaptedLabels } from "../../adapt/index-examples.js";
import type { KnownLogits } from "../../adapt/temperature.js";
import { checkPart } from "../../arguments.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { exampleHashes } from "../../labels/examples/example-table.js";
import type { LabelIndex } from "../../labels/index/label-index.js";
import { labelMatcher } from "../../labels/set/match.js";
import { type Matrix, row } from "../../math/matrix.js";
import type { Dataset } from "../../rows/dataset.js";
import { logitsOf, type Scoring } from "../../scoring/scores.js";
import { similaritiesTo } from "../../scoring/similarities.js";
import { evaluateTemperature, type TemperatureEvaluation } from "../run/temperature.js";
import {
  type FittingOptions,
  type FittingPictures,
  fittingPictures,
  type LeftOut,
  leftOutText,
} from "./fitting-pictures.js";

/** The temperature that was fitted for an index, what it gains, and whether the index has it now. */
export interface CalibratedIndex extends TemperatureEvaluation {
  /** Whether it was stored: the other half of the pictures is better with it. */
  readonly stored: boolean;
  readonly leftOut: LeftOut;
  readonly failures: FittingPictures["failures"];
}

/**
 * Fits a temperature for an index on one half of the labelled pictures of `dataset`, measures it on the other half, and
 * stores it where that half is better for it. Examples of the index, pictures that come twice, and pictures of labels
 * that the index does not have are left out and counted.
 *
 * @throws NearlabelError `INDEX_MODEL_MISMATCH`; `INPUT_EMPTY` where fewer than two pictures are left, `OPTION_INVALID` where no
 * temperature fits them best; `WRITE_FAILED`
 */
export async function calibrateIndex(
  index: LabelIndex,
  model: Encoder,
  dataset: Dataset,
  options: FittingOptions = {},
): Promise<CalibratedIndex> {
  checkPart("index", index);
  checkPart("model", model);
  checkPart("dataset", dataset);
  await index.checkModel(model);
  const { labels, embeddings } = await adaptedLabels(index);
  const places = new Map(labels.map(({ label }, place) => [label, place]));
  const match = labelMatcher([...places.keys()]);
  const found = await fittingPictures(
    dataset,
    model,
    {
      examples: await exampleHashes(index),
      fits: (label) => (label === undefined ? "no label" : match(label) ? "yes" : "other label"),
    },
    options,
  );
  if (found.positions.length < 2) throw tooFew(dataset.name, found);
  const evaluation = evaluateTemperature(
    knownLogits(found, (label) => places.get(match(label)!)!, embeddings, model.scoring),
  );
  const { fitted, heldOut } = evaluation;
  const stored = heldOut.nllAfter < heldOut.nllBefore;
  if (stored) {
    const { temperature, pictures } = fitted;
    await index.calibrate({ temperature, dataset: dataset.name, pictures });
  }
  return { stored, ...evaluation, leftOut: found.leftOut, failures: found.failures };
}

function knownLogits(
  { pictures, positions }: FittingPictures,
  placeOf: (label: string) => number,
  classes: Matrix,
  scoring: Scoring,
): KnownLogits {
  return {
    logits: positions.map((at) => logitsOf(similaritiesTo(row(pictures.embeddings, at), classes), scoring)),
    targets: positions.map((at) => placeOf(pictures.labels[at]!)),
    scoreFunction: scoring.scoreFunction,
  };
}

function tooFew(
  dataset: string,
  { pictures, positions, leftOut, failures }: FittingPictures,
): NearlabelError {
  const all = pictures.ids.length + leftOut.examples + leftOut.repeated;
  const [first] = failures;
  const failed = first ? ` ${failures.length} failed, the first with ${first.error.code}.` : "";
  const others = leftOutText(leftOut);
  return new NearlabelError(
    "INPUT_EMPTY",
    `${dataset}: expected at least two pictures with a label of the index, one to fit on and one to measure on, got ${positions.length} among ${all} pictures.${others === "" ? "" : ` Left out: ${others}.`}${failed}`,
  );
}
