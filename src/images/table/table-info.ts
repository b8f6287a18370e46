import { createHash } from "node:crypto";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { parseJsonObject, tryParseJson } from "../../files/json.js";
import { type IndexModelInfo, problemOfModel } from "../../labels/index/index-info.js";
import type { Column, Precision } from "../../store/shape.js";
import type { TableDescription } from "../../store/table-state.js";
import { ownColumns } from "./columns.js";

/** What a table of pictures says about itself. */
export interface ImageTableInfo extends IndexModelInfo {
  /** When it was made: ISO 8601, UTC. */
  readonly created: string;
  /** Length of the vectors. */
  readonly dimension: number;
  /** How their numbers are stored. */
  readonly precision: Precision;
  /** Number of pictures. */
  readonly count: number;
  /** Users' own columns, in addition to those that every table of pictures has. */
  readonly columns: Readonly<Record<string, Column>>;
  /** What made vectors beside the model, `EncoderIdentity.pictures`, by what the column `embedder` calls it. */
  readonly embedders: Readonly<Record<string, string>>;
}

/** The key in the table's Arrow schema metadata; its value is a JSON object. */
const METADATA_KEY = "nearlabel";
/** The annotation with what made the vectors. */
export const EMBEDDERS_KEY = "embedders";
/** Version of the metadata and columns. To be raised when older versions of nearlabel could not read them. */
const FORMAT = 1;

/** @param identity of the model that the table is made for: what it does beside its model is named from the start */
export function metadataOf(model: IndexModelInfo, identity: Encoder["identity"]): Map<string, string> {
  const created = new Date().toISOString();
  const embedders = { [embedderOf(identity)]: identity.pictures };
  return new Map([[METADATA_KEY, JSON.stringify({ format: FORMAT, ...model, created, embedders })]]);
}

/** @throws NearlabelError `TABLE_INVALID` for a table that nearlabel did not make, or a later version of it */
export function infoOf(description: TableDescription, place: string): ImageTableInfo {
  const { metadata, annotations, columns, dimension, precision, rows } = description;
  const text = metadata.get(METADATA_KEY);
  if (text === undefined) {
    throw new NearlabelError(
      "TABLE_INVALID",
      `${place}: the table has no metadata "${METADATA_KEY}", so it was not made by nearlabel. Choose another place.`,
    );
  }
  const { format, ...stored } = parseJsonObject(text, `${place}: the metadata of the table`, "TABLE_INVALID");
  if (format !== FORMAT) {
    throw new NearlabelError(
      "TABLE_INVALID",
      `${place}: expected a table of pictures of format ${FORMAT}, got ${format}. Use the version of nearlabel that wrote it.`,
    );
  }
  const problem = problemOfModel(stored);
  if (problem !== undefined) {
    throw new NearlabelError("TABLE_INVALID", `${place}: in the metadata of the table, ${problem}.`);
  }
  const made = stored as unknown as Pick<ImageTableInfo, keyof IndexModelInfo | "created" | "embedders">;
  const later = tryParseJson(annotations.get(EMBEDDERS_KEY) ?? "{}") as Record<string, string>;
  return {
    ...made,
    dimension,
    precision,
    count: rows,
    columns: ownColumns(columns),
    embedders: { ...made.embedders, ...later },
  };
}

/**
 * Vectors of two models have nothing to do with each other, even where their dimensions agree.
 *
 * @throws NearlabelError `TABLE_MODEL_MISMATCH`, which names both
 */
export function expectModel(
  place: string,
  table: Pick<IndexModelInfo, "model" | "fingerprint">,
  other: Pick<IndexModelInfo, "model" | "fingerprint">,
): void {
  if (table.fingerprint === other.fingerprint) return;
  throw new NearlabelError(
    "TABLE_MODEL_MISMATCH",
    `${place}: its pictures were embedded by the model ${named(table)}, and ${named(other)} was asked for. Use the first, or ingest the pictures with the second, which makes a table of its own beside this one.`,
  );
}

function named({ model, fingerprint }: Pick<IndexModelInfo, "model" | "fingerprint">): string {
  return `${model} (${fingerprint.slice(0, "sha256:".length + 12)})`;
}

/** What the column `embedder` calls what an encoder does beside its model. */
export function embedderOf({ pictures }: Pick<Encoder["identity"], "pictures">): string {
  return createHash("sha256").update(pictures).digest("hex").slice(0, 8);
}

/** What the column `embedder` calls what made a vector that was computed elsewhere. */
export const STORED_EMBEDDER = "stored";
