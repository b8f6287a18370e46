import { checkPart, requireOptions } from "../../arguments.js";
import { optionError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import { exportClipRetrieval } from "./clip-retrieval.js";
import { exportCoco } from "./coco.js";
import { exportCvat } from "./cvat.js";
import { type ExportSettings, LABEL_SOURCES, type LabelSource } from "./exported-rows.js";
import { exportFiftyOne } from "./fiftyone.js";
import { exportJsonLines } from "./json-lines.js";
import { exportLabelStudio } from "./label-studio.js";
import { exportParquet } from "./parquet.js";
import { exportYolo, type Placing } from "./yolo.js";

export type ExportFormat =
  | "clip-retrieval"
  | "parquet"
  | "jsonl"
  | "label-studio"
  | "cvat"
  | "coco"
  | "yolo"
  | "fiftyone";

export const EXPORT_FORMATS: readonly ExportFormat[] = [
  "clip-retrieval",
  "parquet",
  "jsonl",
  "label-studio",
  "cvat",
  "coco",
  "yolo",
  "fiftyone",
];

export interface ExportOptions {
  readonly format: ExportFormat;
  /** The file to write; for clip-retrieval and yolo a folder. A file that is there is replaced once the new one is whole. */
  readonly to: string;
  /** Which labels: those that a model found (the default), or those that the pictures came with. */
  readonly labels?: LabelSource | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
  /** The folder that file names are relative to. Default: they are whole paths. Not for parquet and jsonl, which hold the table's own. */
  readonly root?: string | undefined;
  /** What stands before each file name. Default: nothing. */
  readonly prefix?: string | undefined;
  /** For yolo: copy pictures (the default), or make hard links. */
  readonly by?: Placing | undefined;
  /** For yolo: a column that says which split a picture is in. Default: all are in `train`. */
  readonly split?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

export interface ExportResult {
  /** Pictures that were read. */
  readonly pictures: number;
  /** For yolo: paths of pictures that are left out, as they are not there any more. */
  readonly missing: readonly string[];
  /** For yolo: pictures that are left out, as they have no label. */
  readonly unlabelled: number;
}

const OPTIONS = [
  "format",
  "to",
  "labels",
  "where",
  "root",
  "prefix",
  "by",
  "split",
  "signal",
  "onProgress",
] as const satisfies readonly (keyof ExportOptions)[];

/**
 * Writes the pictures of a table as other programs read them. `docs/curation.md` says how each is opened.
 *
 * @throws NearlabelError `OPTION_INVALID`, `TABLE_FILTER_INVALID`, `WRITE_FAILED`
 */
export async function exportImages(table: ImageTable, options: ExportOptions): Promise<ExportResult> {
  checkPart("table", table);
  checkExport(table, options);
  const { format, to, labels = "found", prefix = "", where, root, signal, onProgress } = options;
  let pictures = 0;
  const settings: ExportSettings = {
    ...{ labels, prefix, where, root, signal },
    onProgress(done) {
      pictures = done;
      onProgress?.(done);
    },
  };
  if (format === "yolo") {
    const { by = "copy", split } = options;
    const leftOut = await exportYolo(table, to, { ...settings, by, split });
    return { pictures, ...leftOut };
  }
  await WRITERS[format](table, to, settings);
  return { pictures, missing: [], unlabelled: 0 };
}

const WRITERS = {
  "clip-retrieval": exportClipRetrieval,
  parquet: exportParquet,
  jsonl: exportJsonLines,
  "label-studio": exportLabelStudio,
  cvat: exportCvat,
  coco: exportCoco,
  fiftyone: exportFiftyOne,
} as const;

function checkExport({ info }: ImageTable, options: ExportOptions): void {
  requireOptions(options, OPTIONS, "exportImages");
  const { format, to, labels, by, split } = options;
  if (!EXPORT_FORMATS.includes(format)) throw optionError("format", EXPORT_FORMATS.join(", "), format);
  if (typeof to !== "string" || to === "") throw optionError("to", "a file or folder", to);
  if (labels !== undefined && !LABEL_SOURCES.includes(labels)) {
    throw optionError("labels", LABEL_SOURCES.join(" or "), labels);
  }
  if (by !== undefined && by !== "copy" && by !== "link") throw optionError("by", "copy or link", by);
  if (split !== undefined && !info.columns[split]) throw optionError("split", "a column of the table", split);
}
