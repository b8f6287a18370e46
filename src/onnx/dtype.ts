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
 * What `auto` takes: the first of these that there is. q8 comes first: it is the fastest, and made as docs/models.md says it kept
 * embeddings at a cosine of at least 0.998 with fp32's on each network measured (bench/precision, bench/README.md). The others
 * follow from exact to less exact.
 */
export const automaticOrder: readonly Dtype[] = [
  "q8",
  "fp32",
  "fp16",
  "uint8",
  "int8",
  "q4",
  "q4f16",
  "bnb4",
];
