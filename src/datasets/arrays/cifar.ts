import { basename, dirname, join, resolve } from "node:path";
import { NearlabelError } from "../../errors.js";
import { readRecords } from "../../files/fixed-records.js";
import { filesIn, isFile as isFileThere } from "../../files/folders.js";
import type { DecodedImage } from "../../image/source.js";
import { openSource } from "../../objects/object-source.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { datasetOfParts } from "../../rows/parts.js";
import { rowOf } from "../../rows/picture-row.js";
import { readNames } from "../columns/class-names.js";
import { labelOf } from "../columns/values.js";
import { chooseSplit, splitOf } from "../splits.js";
import { type FileRange, parsedRange, type RangeKey, rangesOf, withinRange } from "./range-parts.js";

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
  const batches: Batch[] = [];
  let first = 0;
  for (const name of names) {
    const batch = await describeBatch(join(folder, name), columns.length, first);
    batches.push(batch);
    first += batch.rows;
  }
  const description = {
    name: `${basename(resolve(folder))}/${split}`,
    ...(classNames && { labels: classNames }),
    size: first,
  };
  const format: RecordFormat = { labelBytes: columns.length, labelByte: column.byte, classNames };
  return datasetOfParts<RangeKey>(description, {
    list: () => batches.flatMap(({ name, rows }) => rangesOf(rows, name)),
    parse: (value) => parsedRange(value, batches),
    read: (key, range) =>
      rowsOf(batches.find(({ name }) => name === key.file)!, format, withinRange(key, range)),
  });
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
  return (await isFileThere(path)) ? await readNames(path) : undefined;
}

interface Batch {
  readonly path: string;
  readonly name: string;
  readonly rows: number;
  /** The id of the first row. */
  readonly first: number;
}

async function describeBatch(path: string, labelBytes: number, first: number): Promise<Batch> {
  const recordBytes = labelBytes + 3 * PLANE;
  await using source = await openSource(path);
  const { size } = source;
  if (size % recordBytes === 0) return { path, name: basename(path), rows: size / recordBytes, first };
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" has ${size} bytes. Expected records of ${recordBytes} bytes, as the binary version of CIFAR has them. Unpack it again.`,
  );
}

/** What a record is made of. */
interface RecordFormat {
  /** Number of labels, a byte each, before the pixels. */
  readonly labelBytes: number;
  /** The byte of the label that is wanted. */
  readonly labelByte: number;
  readonly classNames: readonly string[] | undefined;
}

async function* rowsOf(
  { path, first }: Batch,
  { labelBytes, labelByte, classNames }: RecordFormat,
  { start, end, labelsOnly }: FileRange,
): AsyncGenerator<ImageRow> {
  await using source = await openSource(path);
  const layout = { recordBytes: labelBytes + 3 * PLANE, offset: 0 };
  let id = first + start;
  for await (const record of readRecords(source, layout, start, end)) {
    const label = labelOf(record[labelByte], classNames);
    const image = labelsOnly ? undefined : pictureOf(record.subarray(labelBytes));
    yield rowOf(id++, image, label, source.version);
  }
}

function pictureOf(planes: Uint8Array): DecodedImage {
  return { data: interleaved(planes, 3), width: SIDE, height: SIDE, channels: 3 };
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
