import { basename, dirname, resolve } from "node:path";
import { imageFile } from "../../image/image-file.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { inRange } from "../../rows/range.js";
import { findClassNames, labelOfText } from "../columns/class-names.js";
import { chooseColumn, invalidColumns, LABEL_NAMES } from "../columns/columns.js";
import { chooseSplit } from "../splits.js";
import { manifestColumns, readManifest } from "./manifest-file.js";

/** `file_name` is what the ImageFolder layout of the Hugging Face hub calls it. */
const PATH_NAMES = ["file_name", "path", "image", "file", "filename"];

/** A CSV or JSON Lines file that names a picture on each line, its columns chosen. */
export interface Manifest {
  readonly path: string;
  readonly columns: readonly string[];
  readonly image: string;
  readonly label: string | undefined;
  /** What integer labels stand for, where that is known. */
  readonly classNames: readonly string[] | undefined;
}

/**
 * The data set of a manifest: a CSV file with a header (`.csv`) or JSON Lines (`.jsonl`, `.ndjson`), with a column of
 * paths, relative to the folder of the manifest. Read as a stream.
 *
 * Throws `DATASET_INVALID` where a column is missing or comes twice.
 */
export async function openManifest(path: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, path);
  const manifest = await describeManifest(path, options);
  return {
    name: basename(path).replace(/\.[^.]+$/, ""),
    ...(manifest.classNames && { labels: manifest.classNames }),
    rows: (range) => inRange(manifestRows(manifest), range),
  };
}

/** The manifest at `path` with its columns chosen: those asked for, else the first with a usual name. */
export async function describeManifest(path: string, options: DatasetOptions): Promise<Manifest> {
  const columns = await manifestColumns(path);
  const file = { path, columns: columns.map((name) => ({ name })) };
  const image = chooseColumn(file, options.imageColumn, [], PATH_NAMES, "imageColumn");
  if (image === undefined) throw invalidColumns(file, "has no column of paths", "imageColumn");
  const label = chooseColumn(file, options.labelColumn, [], LABEL_NAMES, "labelColumn");
  const classNames = options.classNames ?? (await findClassNames([dirname(path)]));
  return { path, columns, image, label, classNames: label === undefined ? undefined : classNames };
}

/**
 * A row for each line. An id is the path as the manifest has it. A line that has none gives a row without bytes, which
 * reading it then reports, called by the name of the manifest and the line.
 */
export async function* manifestRows(manifest: Manifest): AsyncGenerator<ImageRow> {
  const { path, columns, image, label, classNames } = manifest;
  const names = label === undefined ? [image] : [image, label];
  for await (const { line, values } of readManifest(path, columns, names)) {
    const [picture, value] = values ?? [];
    const name = labelOfText(value, classNames);
    const known = name === undefined ? {} : { label: name };
    if (typeof picture === "string" && picture !== "") {
      yield { id: picture, image: imageFile(resolve(dirname(path), picture)), ...known };
    } else {
      yield { id: `${basename(path)}, line ${line}`, image: new Uint8Array(), ...known };
    }
  }
}
