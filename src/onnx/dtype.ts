import { NearlabelError } from "../errors.js";

/** Precision of the weights, as transformers.js names it, and the ending it gives to a file's name. */
const suffixes = {
  fp32: "",
  fp16: "_fp16",
  int8: "_int8",
  uint8: "_uint8",
  q8: "_quantized",
  quantized: "_quantized",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
} as const;

export type Dtype = keyof typeof suffixes;

export const dtypes = Object.keys(suffixes) as readonly Dtype[];

/** What the names of files with weights of that precision end in, before `.onnx`. */
export function suffixOf(dtype: Dtype): string {
  return suffixes[dtype];
}

export function checkDtype(dtype: string): asserts dtype is Dtype | "auto" {
  if (dtype === "auto" || Object.hasOwn(suffixes, dtype)) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected dtype to be one of auto, ${dtypes.join(", ")}, got "${dtype}".`,
  );
}

/**
 * What `auto` takes: the first of these that there is, from exact to less exact. Before them comes q8 that a proof says is
 * faster and loses little (docs/models.md).
 */
export const automaticOrder: readonly Dtype[] = [
  "fp32",
  "fp16",
  "q8",
  "uint8",
  "int8",
  "q4",
  "q4f16",
  "bnb4",
];
