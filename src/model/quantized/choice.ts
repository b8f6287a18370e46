import { percent } from "../../math/number-text.js";
import { integerSums } from "../../onnx/integer-sums.js";
import { PROOF_FILE, type Proof } from "./proof.js";
import type { FoundQuantized, QuantizedFiles } from "./quantized-files.js";

/** What `dtype: "auto"` makes of quantised weights, and why, as a sentence. */
export interface AutomaticChoice {
  readonly quantized?: QuantizedFiles;
  readonly reason: string;
}

const MAKE = "nearlabel models quantize makes weights in q8 and measures what they lose";

/**
 * Takes weights in q8 where they are what their proof says, and were measured on a processor that adds up as this one does, or
 * this one adds up without loss.
 */
export async function quantizedForAuto(made: FoundQuantized | undefined): Promise<AutomaticChoice> {
  if (!made) return { reason: `${MAKE}; without that proof q8 is not preferred.` };
  if (!made.quantized) return { reason: `${made.fault}, so q8 is not taken: ${MAKE} again.` };
  const { proof } = made.quantized;
  const sums = await integerSums();
  if (sums === "saturating" && proof.processor.sums !== sums) {
    return {
      reason: `Sums of 8-bit products stop at 16 bits on this processor, and q8 was measured on one where they do not (${proof.processor.name}): ${MAKE}; run it here.`,
    };
  }
  return { quantized: made.quantized, reason: shortProof(proof) };
}

function shortProof({ measures, measured }: Proof): string {
  const { speed, sameFirst, pictures } = measures;
  return (
    `Measured on ${measured.slice(0, 10)}: ${speed.pictures.toFixed(1)} times as fast as fp32, the same first label for ` +
    `${percent(sameFirst)} of ${pictures} pictures; ${PROOF_FILE} beside the weights has all.`
  );
}
