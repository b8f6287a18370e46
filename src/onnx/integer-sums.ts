import { packagePath } from "../files/package-files.js";
import { openSession } from "./runtime.js";

/** Whether a processor's sums of 8-bit products are whole, or stop at what 16 bits hold. */
export type IntegerSums = "exact" | "saturating";

let found: Promise<IntegerSums> | undefined;

/**
 * Looks whether ONNX Runtime adds up 8-bit products without loss here. On x86 without VNNI it adds two of them in 16 bits, where
 * the largest sums do not fit; so it multiplies the largest numbers there are and compares. Takes some milliseconds, once.
 * @throws NearlabelError RUNTIME_MISSING
 */
export function integerSums(): Promise<IntegerSums> {
  found ??= measure();
  return found;
}

const [VALUE, WEIGHT, DEPTH] = [255, 127, 64];

async function measure(): Promise<IntegerSums> {
  const session = await openSession(packagePath("models/probe/integer-sums.onnx"), {
    executionProviders: ["cpu"],
    intraOpNumThreads: 1,
    logSeverityLevel: 4,
    enableMemPattern: false,
    extra: {},
  });
  try {
    // One row and several are added up by different code.
    for (const rows of [1, 8]) {
      const data = new Uint8Array(rows * DEPTH).fill(VALUE);
      const { sums } = await session.run({ values: { type: "uint8", data, dims: [rows, DEPTH] } }, ["sums"]);
      const { buffer, byteOffset, byteLength } = sums!.data;
      const whole = new Int32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4);
      if (!whole.every((sum) => sum === DEPTH * VALUE * WEIGHT)) return "saturating";
    }
    return "exact";
  } finally {
    session.release();
  }
}
