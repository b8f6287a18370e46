import { listed, NearlabelError } from "../../errors.js";
import type { Column, TableShape } from "../../store/shape.js";
import { VECTOR } from "../../store/shape.js";

/** The table of pictures, one row a picture. `docs/images.md` describes it for readers in other languages. */
export const IMAGE_TABLE: TableShape = {
  name: "images",
  key: "path",
  columns: {
    /** Absolute path of a file, address of a remote one, `source#row` for a row of a Parquet file or a tar. */
    path: { type: "string" },
    /** SHA-256 of the contents in 64 hexadecimal digits: two files with the same contents are two rows with one id. */
    id: { type: "string" },
    /** Of the upright picture, in pixels. */
    width: { type: "int32", nullable: true },
    height: { type: "int32", nullable: true },
    /** Size of the encoded picture. */
    bytes: { type: "int32", nullable: true },
    /** When the file was last written. */
    modified: { type: "timestamp", nullable: true },
    /** When the picture was taken, of EXIF; where it names no offset the camera's clock is taken for UTC. */
    taken: { type: "timestamp", nullable: true },
    camera: { type: "string", nullable: true },
    /** In degrees, WGS 84; south and west are negative. */
    latitude: { type: "float64", nullable: true },
    longitude: { type: "float64", nullable: true },
    /** The label that the picture came with: its folder's, its manifest's, its data set's. */
    given_label: { type: "string", nullable: true },
    /** The label that a model found, its score, and the label set and version that it was chosen from. */
    label: { type: "string", nullable: true },
    score: { type: "float32", nullable: true },
    label_set: { type: "string", nullable: true },
    /** Where several labels were asked for: those that score high enough, best first. */
    labels: { type: "strings", nullable: true },
    /** What made the vector beside the model: a key of `ImageTableInfo.embedders`. */
    embedder: { type: "string" },
    /** CRC-32 of the vector as it is stored, in 8 hexadecimal digits: the store itself has none. */
    checksum: { type: "string" },
  },
  /** The last part of the path, on Windows too. */
  expressions: { name: `split_part(replace(path, '\\', '/'), '/', -1)` },
  vectors: true,
};

/** Columns of our own, which a user's column cannot be called. */
const OWN = new Set([...Object.keys(IMAGE_TABLE.columns), VECTOR]);

/** What a column may be called, so that a filter can name it without quotes. */
const COLUMN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Those of `columns` that are users' own. */
export function ownColumns(columns: Readonly<Record<string, Column>>): Readonly<Record<string, Column>> {
  return Object.fromEntries(Object.entries(columns).filter(([name]) => !OWN.has(name)));
}

/** What a column of a data set is called in the table: one of the table's own names gets `given_` before it, other signs become `_`. */
export function columnNameFor(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replaceAll(/[^A-Za-z0-9_]+/g, "_")
    .replace(/^(?=\d)/, "n")
    .replace(/^_+/, "");
  const named = plain === "" ? "column" : plain;
  return OWN.has(named) ? `given_${named}` : named;
}

/** @throws NearlabelError `OPTION_INVALID` for names that cannot be those of users' columns */
export function checkColumnNames(names: readonly string[]): void {
  const wrong = names.filter((name) => OWN.has(name) || name.startsWith("_") || !COLUMN_NAME.test(name));
  if (wrong.length === 0) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Columns cannot be called ${listed(wrong.map((name) => JSON.stringify(name)))}. Expected letters, digits and _, a letter first, and none of the table's own: ${[...OWN].join(", ")}.`,
  );
}
