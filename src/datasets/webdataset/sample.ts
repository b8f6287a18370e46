import { extname } from "node:path";
import { listed } from "../../errors.js";
import type { ByteSource } from "../../files/byte-source.js";
import { isObject, type JsonObject, tryParseJson } from "../../files/json.js";
import { textOfBytes } from "../../files/text.js";
import type { DatasetOptions } from "../../rows/dataset.js";
import { findFirst, LABEL_NAMES } from "../columns/columns.js";
import { labelOfText } from "../columns/values.js";
import { PICTURE_EXTENSIONS } from "../folders/picture-files.js";
import { readTar } from "./tar.js";

/** The files of one sample, by extension in lower case: `jpg`, `cls`, `seg.png`. */
export interface Sample {
  /** What the names of its files have in common: all up to the first dot of the last part. */
  readonly key: string;
  /** Where it begins in the archive. */
  readonly position: number;
  /** Files that were read: those that may be the picture or hold the label. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Extensions of all its files. */
  readonly extensions: readonly string[];
}

/** Where labels are looked for, in this order; `.txt` comes last because it often holds a caption. */
const LABEL_EXTENSIONS = ["cls", "json", "txt"];

/** `folder/0001.seg.png`: key `folder/0001`, extension `seg.png`, as the webdataset library cuts names. */
const SAMPLE_FILE = /^((?:.*\/)?[^./][^./]*)\.([^/]+)$/;

/**
 * The samples of a tar file: files one after another whose names have the same key. Only pictures, unless `labelsOnly`, and
 * what may hold a label are read. From the beginning, or from where a sample begins. Throws `DATASET_INVALID` as `readTar`; the samples that are whole have come then.
 */
export async function* readSamples(
  source: ByteSource,
  options: DatasetOptions,
  labelsOnly: boolean,
  start?: number,
): AsyncGenerator<Sample> {
  let sample:
    | { key: string; position: number; files: Map<string, Uint8Array>; extensions: string[] }
    | undefined;
  for await (const entry of readTar(source, start)) {
    const [, key, ending] = SAMPLE_FILE.exec(entry.name) ?? [];
    const extension = ending?.toLowerCase();
    if (key === undefined || extension === undefined) continue;
    if (sample?.key !== key) {
      if (sample) yield sample;
      sample = { key, position: entry.position, files: new Map(), extensions: [] };
    }
    sample.extensions.push(extension);
    if (mayHoldLabel(extension, options) || (!labelsOnly && mayBePicture(extension, options))) {
      sample.files.set(extension, await entry.read());
    }
  }
  if (sample) yield sample;
}

/** Whether a sample is a row: it has a picture or a label, or what would be a picture if its name had one dot less. */
export function isRow({ extensions }: Sample, options: DatasetOptions): boolean {
  return extensions.some(
    (name) => mayHoldLabel(name, options) || mayBePicture(name, options) || isDotted(name),
  );
}

/** `cup.png`, of a file `my.cup.png`. */
function isDotted(extension: string): boolean {
  return PICTURE_EXTENSIONS.includes(extname(extension).slice(1));
}

function mayHoldLabel(extension: string, { labelColumn }: DatasetOptions): boolean {
  return extension === labelColumn?.toLowerCase() || LABEL_EXTENSIONS.includes(extension);
}

function mayBePicture(extension: string, { imageColumn }: DatasetOptions): boolean {
  return imageColumn === undefined
    ? PICTURE_EXTENSIONS.includes(extension)
    : extension === imageColumn.toLowerCase();
}

/** The picture of a sample, or what is there in the place of one. */
export function pictureOf({ files, extensions }: Sample, options: DatasetOptions): Uint8Array | string {
  const wanted = options.imageColumn === undefined ? PICTURE_EXTENSIONS : [options.imageColumn.toLowerCase()];
  const extension = wanted.find((name) => files.has(name));
  const picture = extension === undefined ? undefined : files.get(extension);
  if (picture && picture.length > 0) return picture;
  if (picture) return `its .${extension} has no bytes`;
  const cut = extensions.some(isDotted)
    ? " What follows the first dot of a name counts as its extension."
    : "";
  return `${extensionsText(extensions)}.${cut} Name the extension of the pictures with the option "imageColumn"`;
}

/** `its files are .cap, .img`, for messages. */
export function extensionsText(extensions: readonly string[]): string {
  return `its files are ${listed([...new Set(extensions)].map((name) => `.${name}`))}`;
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
  const fields = jsonFields(text("json"));
  const keys = labelColumn === undefined ? LABEL_NAMES : [labelColumn];
  const name = findFirst(Object.keys(fields), keys);
  const ofJson = name === undefined ? undefined : fields[name];
  if (labelColumn !== undefined) {
    return labelOfText(text(labelColumn.toLowerCase()) ?? ofJson, classNames);
  }
  return labelOfText(text("cls") ?? ofJson ?? text("txt"), classNames);
}

function textOf(bytes: Uint8Array | undefined): string | undefined {
  return bytes && textOfBytes(bytes);
}

function jsonFields(json: string | undefined): JsonObject {
  const value = json === undefined ? undefined : tryParseJson(json);
  return isObject(value) ? value : {};
}
