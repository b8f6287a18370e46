import {
  type FittedTemperature,
  fitTemperature,
  type KnownLogits,
  meanLoss,
} from "../../adapt/temperature.js";
import { sigmoid, softmax } from "../../math/softmax.js";
import { topK } from "../../math/top-k.js";
import { expectedCalibrationError, reliabilityBins } from "../metrics/calibration.js";

/** A temperature fitted on one half of the pictures and what it gains on the other. */
export interface TemperatureEvaluation {
  /** On the first, third, ... picture. */
  readonly fitted: FittedTemperature;
  /** On the second, fourth, ... picture, at temperature 1 and at the fitted one. */
  readonly heldOut: {
    readonly pictures: number;
    readonly nllBefore: number;
    readonly nllAfter: number;
    /** Expected calibration error, 15 bins. */
    readonly eceBefore: number;
    readonly eceAfter: number;
  };
}

/**
 * Fits on every other picture, so that both halves have all labels where pictures come sorted by label.
 *
 * @throws NearlabelError as `fitTemperature`; `INPUT_EMPTY` for fewer than two pictures
 */
export function evaluateTemperature(known: KnownLogits): TemperatureEvaluation {
  const fitted = fitTemperature(everyOther(known, 0));
  const rest = everyOther(known, 1);
  const { temperature } = fitted;
  return {
    fitted,
    heldOut: {
      pictures: rest.logits.length,
      eceBefore: calibrationError(rest, 1),
      eceAfter: calibrationError(rest, temperature),
      nllBefore: meanLoss(rest),
      nllAfter: meanLoss(rest, temperature),
    },
  };
}

function everyOther({ logits, targets, scoreFunction }: KnownLogits, first: 0 | 1): KnownLogits {
  const ours = (_: unknown, picture: number) => picture % 2 === first;
  return { logits: logits.filter(ours), targets: Array.from(targets).filter(ours), scoreFunction };
}

function calibrationError({ logits, targets, scoreFunction }: KnownLogits, temperature: number): number {
  const scoresOf = scoreFunction === "softmax" ? softmax : sigmoid;
  const best = logits.map((row) => topK(row, 1)[0]!);
  const confidences = logits.map(
    (row, picture) => scoresOf(Float64Array.from(row, (logit) => logit / temperature))[best[picture]!]!,
  );
  const correct = Uint8Array.from(best, (label, picture) => (label === targets[picture] ? 1 : 0));
  return expectedCalibrationError(reliabilityBins(confidences, correct));
}
