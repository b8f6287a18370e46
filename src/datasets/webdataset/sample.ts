import { tryParseJson } from "../../files/json.js";
import type { DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { labelOfText } from "../columns/class-names.js";
import { LABEL_NAMES } from "../columns/columns.js";
import { fieldsOf } from "../columns/declared-types.js";
import { PICTURE_EXTENSIONS } from "../folders/picture-files.js";
import { readTar } from "./tar.js";

/** The files of one sample, by extension in lower case: `jpg`, `cls`, `seg.png`. */
export interface Sample {
  /** What the names of its files have in common: all up to the first dot of the last part. */
  readonly key: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Where labels are looked for, in this order; `.txt` comes last because it often holds a caption. */
const LABEL_EXTENSIONS = ["cls", "json", "txt"];

/** `folder/0001.seg.png`: key `folder/0001`, extension `seg.png`, as the webdataset library cuts names. */
const SAMPLE_FILE = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/;

/**
 * The samples of a tar file: files one after another whose names have the same key. Only pictures and what may hold
 * a label are read. Throws `DATASET_INVALID` as `readTar`; the samples that are whole have come then.
 */
export async function* readSamples(path: string, options: DatasetOptions): AsyncGenerator<Sample> {
  let sample: { key: string; files: Map<string, Uint8Array> } | undefined;
  for await (const entry of readTar(path)) {
    const [, key, ending] = SAMPLE_FILE.exec(entry.name) ?? [];
    const extension = ending?.toLowerCase();
    if (key === undefined || extension === undefined || !isRead(extension, options)) continue;
    if (sample?.key !== key) {
      if (sample) yield sample;
      sample = { key, files: new Map() };
    }
    sample.files.set(extension, await entry.read());
  }
  if (sample) yield sample;
}

function isRead(extension: string, { imageColumn, labelColumn }: DatasetOptions): boolean {
  return (
    extension === imageColumn ||
    extension === labelColumn ||
    LABEL_EXTENSIONS.includes(extension) ||
    (imageColumn === undefined && PICTURE_EXTENSIONS.includes(extension))
  );
}

/** The picture of a sample; no bytes where it has none, which reading it then reports. */
export function pictureOf({ files }: Sample, imageColumn: string | undefined): ImageRow["image"] {
  const extension = imageColumn ?? PICTURE_EXTENSIONS.find((name) => files.has(name)) ?? "";
  return files.get(extension) ?? new Uint8Array();
}

/**
 * The label of a sample: of the file with the extension, or the key of the `.json` file, that `labelColumn` names;
 * else of `.cls`, of a usual key of `.json`, of `.txt`. JSON that cannot be parsed gives none.
 */
export function labelOfSample(
  sample: Sample,
  labelColumn: string | undefined,
  classNames: readonly string[] | undefined,
): string | undefined {
  const text = (extension: string) => textOf(sample.files.get(extension));
  const fields = fieldsOf(tryParseJson(text("json") ?? ""));
  const keys = labelColumn === undefined ? LABEL_NAMES : [labelColumn];
  const ofJson = keys.map((key) => fields?.[key]).find((value) => value !== undefined);
  if (labelColumn !== undefined) return labelOfText(text(labelColumn) ?? ofJson, classNames);
  return labelOfText(text("cls") ?? ofJson ?? text("txt"), classNames);
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && new TextDecoder().decode(bytes);
}
