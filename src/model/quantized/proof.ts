import { join } from "node:path";
import { isObject, readJsonObject } from "../../files/json.js";
import type { IntegerSums } from "../../onnx/integer-sums.js";

/** Lies in the folder that the quantised weights are in. */
export const PROOF_FILE = "quantized.json";

/** Raised when the weights come out otherwise, or when other things are told of them: what is older is made again. */
export const PROOF_FORMAT = 2;

/** A file by its path from the folder, with `/`. */
export interface FileRecord {
  readonly path: string;
  readonly bytes: number;
  /** 64 hexadecimal digits. */
  readonly sha256: string;
}

/** Of the cosines between embeddings by q8 and by fp32. */
export interface CosineRange {
  readonly mean: number;
  readonly least: number;
}

/** What 8 bits change, on the pictures and labels that were looked at. Shares are 0 to 1. */
export interface QuantizedMeasures {
  readonly pictures: number;
  /** Pictures that could not be read; not in `pictures`. */
  readonly unreadable: number;
  readonly labels: number;
  readonly cosine: { readonly pictures: CosineRange; readonly labels: CosineRange };
  /** Pictures whose nearest label is the same. */
  readonly sameFirst: number;
  /** Of the five nearest labels of fp32, the mean share that is among the five of q8. */
  readonly sameFive: number;
  /** By how much the score of fp32's first label changes. */
  readonly scoreChange: { readonly mean: number; readonly largest: number };
  /** Share of pictures whose first label is the known one, where labels are known. */
  readonly accuracy?: { readonly pictures: number; readonly fp32: number; readonly q8: number };
  /** Milliseconds a picture in batches, for a picture alone, and a text. */
  readonly milliseconds: { readonly fp32: TowerTimes; readonly q8: TowerTimes };
  /** How many times as fast as fp32. */
  readonly speed: TowerTimes;
  /** Resident memory that opening and first running both towers took. */
  readonly memory: { readonly fp32: number; readonly q8: number };
  /** Of the weights. */
  readonly bytes: { readonly fp32: number; readonly q8: number };
}

export interface TowerTimes {
  readonly pictures: number;
  readonly onePicture: number;
  readonly texts: number;
}

/** What quantised weights must keep. */
export interface QuantizedLimits {
  /** Least mean cosine to fp32, of pictures and of labels, -1 to 1. */
  readonly cosine: number;
  /** Least share of pictures with the same first label, 0 to 1. */
  readonly agreement: number;
  /** Least speed of pictures in batches, fp32 = 1. */
  readonly speed: number;
}

/** What is known of quantised weights; written beside them. */
export interface Proof {
  readonly format: number;
  /** When it was measured, ISO 8601. */
  readonly measured: string;
  /** The weights that they were made of. */
  readonly source: readonly FileRecord[];
  readonly files: readonly FileRecord[];
  readonly processor: { readonly name: string; readonly threads: number; readonly sums: IntegerSums };
  readonly limits: QuantizedLimits;
  /** What was left in float32, as `QuantizeModelOptions.keep` has it. */
  readonly keep: readonly string[];
  readonly measures: QuantizedMeasures;
}

/**
 * The proof in `folder`; undefined where there is none of this format.
 * @throws NearlabelError MODEL_FILE_INVALID for a file that is no JSON
 */
export async function readProof(folder: string): Promise<Proof | undefined> {
  const json = await readJsonObject(join(folder, PROOF_FILE), "MODEL_FILE_INVALID");
  const isOurs = json?.format === PROOF_FORMAT && [json.source, json.files].every(isFileList);
  return isOurs && isObject(json.measures) && isObject(json.processor)
    ? (json as unknown as Proof)
    : undefined;
}

function isFileList(value: unknown): boolean {
  return (
    Array.isArray(value) &&
    value.every(
      (file: unknown) =>
        isObject(file) &&
        typeof file.path === "string" &&
        Number.isInteger(file.bytes) &&
        typeof file.sha256 === "string",
    )
  );
}
