import { basename, relative, sep } from "node:path";
import { row } from "../../math/matrix.js";
import { VECTOR } from "../../store/shape.js";
import type { ImageTable } from "../table/image-table.js";
import { imagesOf, SHOWN_COLUMNS, type StoredImage } from "../table/stored-image.js";

/** Which labels are exported: those that the model found, or those that the pictures came with. */
export type LabelSource = "found" | "given";

export const LABEL_SOURCES: readonly LabelSource[] = ["found", "given"];

/** What every format is given. */
export interface ExportSettings {
  /** Default found. */
  readonly labels: LabelSource;
  /** An SQL condition that pictures have to meet. */
  readonly where?: string | undefined;
  /** The folder that file names are relative to; without it they are whole paths. */
  readonly root?: string | undefined;
  /** What stands before each file name, such as an address that another program reads pictures from. */
  readonly prefix: string;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures written so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** A picture on its way out. */
export interface ExportedRow {
  readonly image: StoredImage;
  /** Its file name as the other program is to know it. */
  readonly file: string;
  /** Its labels, best first; none for unknown pictures and those that were not labelled. */
  readonly labels: readonly string[];
  /** Score of the first label, where a model found it. */
  readonly score?: number;
  readonly vector: Float32Array;
}

/** The pictures of a table as a stream, in no particular order. */
export async function* exportedRows(
  table: ImageTable,
  { labels: source, where, root, prefix, signal, onProgress }: ExportSettings,
  withVectors = false,
): AsyncGenerator<ExportedRow> {
  const own = Object.keys((await table.refresh()).columns);
  const columns = [...SHOWN_COLUMNS, ...own, ...(withVectors ? [VECTOR] : [])];
  let done = 0;
  for await (const rows of table.table.scan({ columns, where })) {
    signal?.throwIfAborted();
    for (const [at, image] of imagesOf(rows).entries()) {
      yield {
        image,
        file: prefix + fileName(image.path, root),
        ...labelsOf(image, source),
        vector: rows.vectors ? row(rows.vectors, at) : NO_VECTOR,
      };
      done++;
    }
    onProgress?.(done);
  }
}

const NO_VECTOR = new Float32Array();

function labelsOf(image: StoredImage, source: LabelSource): Pick<ExportedRow, "labels" | "score"> {
  const { givenLabel, label, labels, score } = image;
  if (source === "given") return { labels: givenLabel === null ? [] : [givenLabel] };
  const found = labels ?? (label === null ? [] : [label]);
  return { labels: found, ...(found.length > 0 && score !== null && { score }) };
}

/** With forward slashes on every system, as other programs expect; outside of `root` the path stays whole. */
function fileName(path: string, root: string | undefined): string {
  if (root === undefined) return path;
  const within = relative(root, path);
  return within.startsWith("..") || within === "" ? path : within.split(sep).join("/");
}

/** The last part of a path, for programs that know pictures by their names alone. */
export function nameOf({ image }: Pick<ExportedRow, "image">): string {
  return basename(image.path);
}
