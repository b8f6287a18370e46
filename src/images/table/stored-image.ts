import type { Cell, Rows } from "../../store/rows.js";
import { VECTOR } from "../../store/shape.js";
import { IMAGE_TABLE } from "./columns.js";

/** A picture of a table, without its vector; `null` is not known. */
export interface StoredImage {
  /** Absolute path of a file, address of a remote one, `source#row` for a row of a Parquet file or a tar. */
  readonly path: string;
  /** SHA-256 of the contents in 64 hexadecimal digits. */
  readonly id: string;
  /** Of the upright picture, in pixels. */
  readonly width: number | null;
  readonly height: number | null;
  /** Size of the encoded picture. */
  readonly bytes: number | null;
  /** When the file was last written. */
  readonly modified: Date | null;
  /** When it was taken; where EXIF names no offset the camera's clock is taken for UTC. */
  readonly taken: Date | null;
  readonly camera: string | null;
  /** In degrees, WGS 84. */
  readonly latitude: number | null;
  readonly longitude: number | null;
  /** The label that the picture came with. */
  readonly givenLabel: string | null;
  /** The label that a model found. */
  readonly label: string | null;
  /** Its score, 0 to 1. */
  readonly score: number | null;
  /** The label set and version that it was chosen from. */
  readonly labelSet: string | null;
  /** Where several labels were asked for: those that score high enough, best first. */
  readonly labels: readonly string[] | null;
  /** Users' own columns. */
  readonly columns: Readonly<Record<string, Cell>>;
}

/** The columns that {@link imageOfCells} needs beside users' own. */
export const SHOWN_COLUMNS = Object.keys(IMAGE_TABLE.columns).filter(
  (name) => name !== "embedder" && name !== "checksum",
);

const SHOWN = new Set([...Object.keys(IMAGE_TABLE.columns), VECTOR]);

/** The picture of one row, given as its cells by name. */
export function imageOfCells(cells: Readonly<Record<string, Cell>>): StoredImage {
  const { given_label, label_set, ...own } = cells;
  const { path, id, width, height, bytes, modified, taken, camera, latitude, longitude, label, score } = own;
  const { labels: several } = own;
  const shown = { path, id, width, height, bytes, modified, taken, camera, latitude, longitude };
  const columns = Object.fromEntries(Object.entries(cells).filter(([name]) => !SHOWN.has(name)));
  const labels = { givenLabel: given_label, label, score, labelSet: label_set, labels: several };
  return { ...shown, ...labels, columns } as unknown as StoredImage;
}

/** The pictures of some rows, in their order. */
export function imagesOf({ columns }: Rows): StoredImage[] {
  const entries = Object.entries(columns);
  return (columns.path ?? []).map((_, index) =>
    imageOfCells(Object.fromEntries(entries.map(([name, cells]) => [name, cells[index]!]))),
  );
}
