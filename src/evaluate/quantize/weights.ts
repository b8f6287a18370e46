import { dirname, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import type { ModelFiles } from "../../model/files/files.js";
import type { ModelSource } from "../../model/files/source.js";
import type { FileRecord } from "../../model/quantized/proof.js";
import { suffixOf } from "../../onnx/dtype.js";
import { STEPS } from "./steps.js";

/** Which model's weights are quantised, and the folder that they are written into. */
export interface WeightsJob {
  readonly source: ModelSource;
  readonly files: ModelFiles;
  readonly staging: string;
}

interface Writing {
  readonly signal?: AbortSignal | undefined;
  /** Told of the bytes written so far, of how many. */
  readonly onProgress?: ((step: "weights", done: number, total: number) => void) | undefined;
}

/** Weights as they were written, and what of them is in float32. */
export interface Written {
  readonly keep: readonly string[];
  readonly records: readonly FileRecord[];
}

/** The paths of the graphs in fp32 and of what is made of them. */
export function graphPairs({
  layout,
  text,
  vision,
}: ModelFiles): { readonly from: string; readonly to: string }[] {
  const [exact, quantized] = [layout.graphs(suffixOf("fp32")), layout.graphs(suffixOf("q8"))];
  if (text === vision) return [{ from: exact.both!, to: quantized.both! }];
  return [
    { from: exact.vision, to: quantized.vision },
    { from: exact.text, to: quantized.text },
  ];
}

/** Writes the networks of `source` in q8, but for `keep`. */
export async function writeWeights(
  { source, files, staging }: WeightsJob,
  keep: readonly string[],
  { signal, onProgress }: Writing,
): Promise<Written> {
  const { quantizeGraph } = await import("../../onnx/quantize/quantize.js");
  const unknown = new Set(keep);
  const records: FileRecord[] = [];
  for (const { from, to } of graphPairs(files)) {
    const target = join(staging, to);
    await makeFolder(dirname(target));
    const { files: written, kept } = await quantizeGraph(join(source.folder, from), target, {
      keep,
      signal,
      onProgress: (done, total) => onProgress?.("weights", done, total),
    });
    for (const part of kept) unknown.delete(part);
    for (const { name, bytes, sha256 } of written) {
      records.push({ path: `${dirname(to)}/${name}`, bytes, sha256 });
    }
  }
  // A step of ours may find nothing to keep.
  for (const part of unknown) if (!STEPS.includes(keep)) throw nothingKept(part);
  return { keep: keep.filter((part) => !unknown.has(part)), records };
}

export function sizeOf(files: readonly FileRecord[]): number {
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function nothingKept(part: string): NearlabelError {
  return new NearlabelError(
    "OPTION_INVALID",
    `keep: expected an operator, such as MatMul or Gather, or a part of the name of a node, got ${JSON.stringify(part)}, which no node has.`,
  );
}
