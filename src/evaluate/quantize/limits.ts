import { checkOptions } from "../../arguments.js";
import { optionError } from "../../errors.js";
import { percent } from "../../math/number-text.js";
import type { QuantizedLimits, QuantizedMeasures } from "../../model/quantized/proof.js";

/** What `quantizeModel` asks for where nothing else is said. */
export const DEFAULT_LIMITS: QuantizedLimits = { cosine: 0.98, agreement: 0.95, speed: 1 };

/** @throws NearlabelError OPTION_INVALID */
export function limitsOf(given: Partial<QuantizedLimits> | undefined): QuantizedLimits {
  checkOptions(given, ["cosine", "agreement", "speed"], "limits");
  const { cosine, agreement, speed } = { ...DEFAULT_LIMITS, ...given };
  const inRange = (value: number, least: number, most: number) => value >= least && value <= most;
  if (!inRange(cosine, -1, 1)) throw optionError("limits.cosine", "a number from -1 to 1", cosine);
  if (!inRange(agreement, 0, 1)) throw optionError("limits.agreement", "a number from 0 to 1", agreement);
  if (!inRange(speed, 0, 1000)) throw optionError("limits.speed", "a number from 0 up", speed);
  return { cosine, agreement, speed };
}

/** What is below its limit, a sentence each. */
export function shortfalls(measures: QuantizedMeasures, limits: QuantizedLimits): string[] {
  const { cosine, sameFirst, speed } = measures;
  const found: string[] = [];
  for (const kind of ["pictures", "labels"] as const) {
    const { mean } = cosine[kind];
    if (mean < limits.cosine) {
      found.push(`The mean cosine of ${kind} is ${mean.toFixed(4)}, and ${limits.cosine} is asked for.`);
    }
  }
  if (sameFirst < limits.agreement) {
    found.push(
      `The first label is the same for ${percent(sameFirst)} of the pictures, and ${percent(limits.agreement)} is asked for.`,
    );
  }
  if (speed.pictures < limits.speed) {
    found.push(`Pictures are ${speed.pictures} times as fast as in fp32, and ${limits.speed} is asked for.`);
  }
  return found;
}
