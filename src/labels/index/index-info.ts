import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { kindOf, parseJsonObject } from "../../files/json.js";
import type { LogitScoring } from "../../model/config/families.js";
import type { Dtype } from "../../onnx/dtype.js";
import type { TableDescription } from "../../store/table-state.js";
import { FITTED_KEY, type Fitted, fittedOf } from "./fitted.js";

/** The model that made the embeddings of an index, and how its cosines become logits and scores. */
export interface IndexModelInfo extends LogitScoring {
  /** The model as it was asked for: `mini`, a folder, or a hub id. */
  readonly model: string;
  /** Tells models apart, whatever they are called: `sha256:` and 64 hexadecimal digits for those loaded here. */
  readonly fingerprint: string;
  /** Precision of the weights, such as `fp32`: another is another model. Absent where it is not known. */
  readonly dtype?: Dtype;
}

/** What an index says about itself, beside its labels. */
export interface LabelIndexInfo extends IndexModelInfo, Fitted {
  /** The templates of labels without prompts of their own. Empty where embeddings were imported without. */
  readonly templates: readonly string[];
  /** When it was built: ISO 8601, UTC. */
  readonly created: string;
  /** Length of a class embedding. */
  readonly dimension: number;
  /** Number of labels. */
  readonly count: number;
}

/** The key in the table's Arrow schema metadata; its value is a JSON object. */
const METADATA_KEY = "nearlabel";

/** Version of the metadata and columns. To be raised when older versions of nearlabel could not read them. */
const FORMAT = 1;

/** What is stored when an index is built: all but what the table itself tells and what is fitted later. */
export type StoredInfo = Omit<LabelIndexInfo, "dimension" | "count" | keyof Fitted>;

export function metadataOf(info: StoredInfo): Map<string, string> {
  return new Map([[METADATA_KEY, JSON.stringify({ format: FORMAT, ...info })]]);
}

/** What of an {@link IndexModelInfo} is missing, or of another type, in `info`, for the middle of a sentence. */
export function problemOfModel(info: Readonly<Record<string, unknown>>): string | undefined {
  const { model, fingerprint, logitScale, logitBias, scoreFunction } = info;
  const expected = (name: string, what: string) =>
    `expected ${name} to be ${what}, got ${kindOf(info[name])}`;
  if (typeof model !== "string" || model === "") return expected("model", "the name of a model");
  if (typeof fingerprint !== "string" || fingerprint === "") return expected("fingerprint", "a text");
  if (!Number.isFinite(logitScale)) return expected("logitScale", "a number");
  if (!Number.isFinite(logitBias)) return expected("logitBias", "a number");
  if (scoreFunction !== "softmax" && scoreFunction !== "sigmoid") {
    return expected("scoreFunction", '"softmax" or "sigmoid"');
  }
  return undefined;
}

/**
 * Reads back what {@link metadataOf} wrote, and what was fitted since.
 *
 * @throws NearlabelError `INDEX_INVALID`
 */
export function infoOf(
  { metadata, annotations, dimension, rows }: TableDescription,
  path: string,
): LabelIndexInfo {
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) {
    throw new NearlabelError(
      "INDEX_INVALID",
      `${path}: the table has no metadata "${METADATA_KEY}", so it was not made by nearlabel. Build the index again.`,
    );
  }
  const { format, ...info } = parseJsonObject(text, `${path}: the metadata of the table`, "INDEX_INVALID");
  if (format !== FORMAT) {
    throw new NearlabelError(
      "INDEX_INVALID",
      `${path}: expected an index of format ${FORMAT}, got ${format}. Use the version of nearlabel that wrote it, or build it again.`,
    );
  }
  const problem = problemOfModel(info);
  if (problem !== undefined) {
    throw new NearlabelError(
      "INDEX_INVALID",
      `${path}: in the metadata of the table, ${problem}. Build the index again.`,
    );
  }
  const stored = info as unknown as StoredInfo;
  return { ...stored, dimension, count: rows, ...fittedOf(annotations.get(FITTED_KEY), path) };
}

/**
 * Embeddings of different models have nothing to do with each other, even where their dimensions agree.
 *
 * @throws NearlabelError `INDEX_MODEL_MISMATCH`, which names both.
 */
export function expectSameModel(
  path: string,
  index: Pick<IndexModelInfo, "model" | "fingerprint">,
  other: Pick<IndexModelInfo, "model" | "fingerprint">,
): void {
  if (index.fingerprint === other.fingerprint) return;
  throw new NearlabelError(
    "INDEX_MODEL_MISMATCH",
    `${path}: built with model ${named(index)}, used with model ${named(other)}. Use the first, or build the index again with the second.`,
  );
}

function named({ model, fingerprint }: Pick<IndexModelInfo, "model" | "fingerprint">): string {
  return `${model} (${fingerprint.slice(0, "sha256:".length + 12)})`;
}

/** What of `encoder` is stored in an index. */
export async function modelInfo({ identity, scoring }: Encoder): Promise<IndexModelInfo> {
  const { id, dtype } = identity;
  const { logitScale, logitBias, scoreFunction } = scoring;
  const fingerprint = await identity.fingerprint();
  return { model: id, fingerprint, ...(dtype && { dtype }), logitScale, logitBias, scoreFunction };
}
