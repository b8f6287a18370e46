import { stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { NearlabelError } from "../../errors.js";
import { readRecords } from "../../files/fixed-records.js";
import type { DecodedImage } from "../../image/source.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { exists, readNames } from "../columns/class-names.js";
import { labelOf } from "../columns/columns.js";
import { filesIn } from "../folders/picture-files.js";
import { chooseSplit, splitOf } from "../splits.js";

/** Width and height of every picture, in pixels. */
const SIDE = 32;
const PLANE = SIDE * SIDE;

/** A column of labels: the byte of the record that holds it, and the file with its class names. */
interface LabelColumn {
  readonly name: string;
  readonly byte: number;
  readonly namesFile: string;
}

/**
 * The two binary versions (https://www.cs.toronto.edu/~kriz/cifar.html). A record is the labels, a byte each, and
 * 3,072 bytes of pixels: 1,024 red, 1,024 green, 1,024 blue, rows top to bottom.
 */
const VERSIONS: readonly { isFile(name: string): boolean; columns: readonly LabelColumn[] }[] = [
  {
    isFile: (name) => /^(data_batch_\d+|test_batch)\.bin$/.test(name),
    columns: [{ name: "label", byte: 0, namesFile: "batches.meta.txt" }],
  },
  {
    isFile: (name) => /^(train|test)\.bin$/.test(name),
    columns: [
      { name: "fine_label", byte: 1, namesFile: "fine_label_names.txt" },
      { name: "coarse_label", byte: 0, namesFile: "coarse_label_names.txt" },
    ],
  },
];

/** Whether a file of this name is one of CIFAR-10 or CIFAR-100 in the binary version. */
export function isCifarFile(name: string): boolean {
  return VERSIONS.some(({ isFile }) => isFile(name));
}

/** Whether `folder` holds files of the binary version of CIFAR-10 or CIFAR-100. */
export async function isCifarFolder(folder: string): Promise<boolean> {
  return (await cifarFiles(folder)).length > 0;
}

/**
 * CIFAR-10 or CIFAR-100 in the binary version: the folder, or one file of it. The split is `test` or `train`; ids are
 * row numbers from 0, through the batches in their order.
 *
 * Throws `DATASET_INVALID` for a file that is not whole records, and for a split or column that is not there.
 */
export async function openCifar(path: string, isFolder: boolean, options: DatasetOptions): Promise<Dataset> {
  const folder = isFolder ? path : dirname(path);
  const there = isFolder ? await cifarFiles(path) : [basename(path)];
  const split = chooseSplit([...new Set(there.map(cifarSplit))], options.split, path);
  const names = there.filter((name) => cifarSplit(name) === split);
  const { columns } = VERSIONS.find(({ isFile }) => isFile(names[0]!))!;
  const column = chooseLabels(path, columns, options.labelColumn);
  const classNames = options.classNames ?? (await namesIn(join(folder, column.namesFile)));
  const files: Batch[] = [];
  for (const name of names) files.push(await describeBatch(join(folder, name), columns.length));
  return {
    name: `${basename(resolve(folder))}/${split}`,
    ...(classNames && { labels: classNames }),
    size: files.reduce((sum, { rows }) => sum + rows, 0),
    rows: ({ start = 0, end = Number.POSITIVE_INFINITY } = {}) =>
      rowsOf(files, columns.length, column.byte, classNames, start, end),
  };
}

async function cifarFiles(folder: string): Promise<string[]> {
  return (await filesIn(folder, isCifarFile)).map((path) => basename(path));
}

/** The batches of CIFAR-10 name no split, which makes them `train`. */
function cifarSplit(name: string): string {
  return splitOf(name.replaceAll("_", "-"));
}

function chooseLabels(path: string, columns: readonly LabelColumn[], asked: string | undefined): LabelColumn {
  const chosen = asked === undefined ? columns[0] : columns.find(({ name }) => name === asked);
  if (chosen) return chosen;
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" has no column "${asked}". Its columns: ${columns.map(({ name }) => name).join(", ")}. Choose one with the option "labelColumn".`,
  );
}

async function namesIn(path: string): Promise<string[] | undefined> {
  return (await exists(path)) ? await readNames(path) : undefined;
}

interface Batch {
  readonly path: string;
  readonly rows: number;
}

async function describeBatch(path: string, labelBytes: number): Promise<Batch> {
  const recordBytes = labelBytes + 3 * PLANE;
  const { size } = await stat(path);
  if (size % recordBytes === 0) return { path, rows: size / recordBytes };
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" has ${size} bytes. Expected records of ${recordBytes} bytes, as the binary version of CIFAR has them. Unpack it again.`,
  );
}

async function* rowsOf(
  files: readonly Batch[],
  labelBytes: number,
  labelByte: number,
  classNames: readonly string[] | undefined,
  start: number,
  end: number,
): AsyncGenerator<ImageRow> {
  let first = 0;
  for (const { path, rows } of files) {
    const from = Math.max(start - first, 0);
    let id = first + from;
    const file = { path, recordBytes: labelBytes + 3 * PLANE, offset: 0 };
    for await (const record of readRecords(file, from, Math.min(end - first, rows))) {
      const label = labelOf(record[labelByte], classNames);
      const data = interleaved(record.subarray(labelBytes), 3);
      const image: DecodedImage = { data, width: SIDE, height: SIDE, channels: 3 };
      yield { id: id++, image, ...(label !== undefined && { label }) };
    }
    first += rows;
  }
}

/** `planes`, all of one channel after all of another, as one pixel after another. */
export function interleaved(planes: Uint8Array, channels: number): Uint8Array {
  const pixels = planes.length / channels;
  const data = new Uint8Array(planes.length);
  for (let channel = 0; channel < channels; channel++) {
    for (let pixel = 0; pixel < pixels; pixel++) {
      data[pixel * channels + channel] = planes[channel * pixels + pixel]!;
    }
  }
  return data;
}
