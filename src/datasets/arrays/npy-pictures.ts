import { basename, dirname, join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { readRecords } from "../../files/fixed-records.js";
import { parseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
import type { DecodedImage } from "../../image/source.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { exists, findClassNames, labelOfText, readNames } from "../columns/class-names.js";
import { labelOf } from "../columns/columns.js";
import { chooseSplit } from "../splits.js";
import { interleaved } from "./cifar.js";
import { type NpyLayout, readNpy, readNpyLayout } from "./npy.js";

/** How the pictures of an array lie in it. */
interface PictureLayout {
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** Whether all of one channel comes before all of the next. */
  readonly planar: boolean;
}

/**
 * The pictures in a `.npy` file, uint8 of shape N x H x W, N x H x W x C or N x C x H x W, where C is 1, 3 or 4, and
 * their labels in a file beside it. Rows are read from the file as they are asked for; the labels are held. Ids are
 * row numbers from 0.
 *
 * Throws `DATASET_INVALID` for another array, and where there are not as many labels as pictures.
 */
export async function openNpyPictures(path: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, path);
  const array = await readNpyLayout(path);
  const layout = pictureLayout(array, path);
  const labelsFile = options.labelsFile ?? (await findLabels(path));
  const classNames = options.classNames ?? (await findClassNames([dirname(path)]));
  const labels = labelsFile === undefined ? undefined : await readRowLabels(labelsFile, classNames);
  if (labels && labels.length !== layout.rows) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `"${labelsFile}" has ${labels.length} labels. Expected ${layout.rows}, one for each picture in "${path}".`,
    );
  }
  return {
    name: basename(path).replace(/\.npy$/i, ""),
    ...(labels && classNames && { labels: classNames }),
    size: layout.rows,
    rows: ({ start = 0, end = layout.rows } = {}) =>
      rowsOf(path, array.start, layout, labels, start, Math.min(end, layout.rows)),
  };
}

async function* rowsOf(
  path: string,
  offset: number,
  { width, height, channels, planar }: PictureLayout,
  labels: readonly (string | undefined)[] | undefined,
  start: number,
  end: number,
): AsyncGenerator<ImageRow> {
  let id = start;
  const file = { path, recordBytes: width * height * channels, offset };
  for await (const record of readRecords(file, start, end)) {
    const label = labels?.[id];
    const data = planar ? interleaved(record, channels) : record;
    const image: DecodedImage = { data, width, height, channels };
    yield { id: id++, image, ...(label !== undefined && { label }) };
  }
}

function pictureLayout({ dtype, shape }: NpyLayout, path: string): PictureLayout {
  const [rows = 0, a = 0, b = 0, c = 0] = shape;
  if (dtype === "uint8" && !shape.slice(1).includes(0)) {
    if (shape.length === 3) return { rows, height: a, width: b, channels: 1, planar: false };
    if (shape.length === 4 && isChannels(c)) return { rows, height: a, width: b, channels: c, planar: false };
    if (shape.length === 4 && isChannels(a)) return { rows, height: b, width: c, channels: a, planar: true };
  }
  const advice = dtype === "uint8" ? "" : " Save levels of 0 to 255 as uint8 (numpy: x.astype('uint8')).";
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" holds ${dtype} of shape (${shape.join(", ")}). Expected pictures as uint8, of shape N x H x W, N x H x W x C or N x C x H x W with 1, 3 or 4 channels C.${advice}`,
  );
}

function isChannels(size: number): size is 1 | 3 | 4 {
  return size === 1 || size === 3 || size === 4;
}

/** `x-labels` for `x.npy` and for `x-images.npy`, else `labels`, as `.npy`, `.txt` or `.json` in the same folder. */
async function findLabels(path: string): Promise<string | undefined> {
  const stem = basename(path).replace(/\.npy$/i, "");
  const stems = [`${stem}-labels`, stem.replace(/images$/, "labels"), "labels"];
  for (const name of stems.filter((name) => name !== stem)) {
    for (const extension of ["npy", "txt", "json"]) {
      const file = join(dirname(path), `${name}.${extension}`);
      if (await exists(file)) return file;
    }
  }
  return undefined;
}

/** The label of each row, none where an integer stands for no class. */
async function readRowLabels(
  path: string,
  classNames: readonly string[] | undefined,
): Promise<(string | undefined)[]> {
  if (/\.npy$/i.test(path)) return await npyLabels(path, classNames);
  const values = /\.json$/i.test(path)
    ? parseJson(await readText(path, "DATASET_INVALID"), path, "DATASET_INVALID")
    : await readNames(path);
  if (Array.isArray(values)) return values.map((value) => labelOfText(value, classNames));
  throw new NearlabelError("DATASET_INVALID", `"${path}" is not a list. Expected a JSON array of labels.`);
}

async function npyLabels(
  path: string,
  classNames: readonly string[] | undefined,
): Promise<(string | undefined)[]> {
  const { data, shape } = await readNpy(path);
  if (shape.length === 1 && !(data instanceof Float32Array)) {
    return [...data].map((value) => labelOf(value, classNames));
  }
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" has the shape (${shape.join(", ")}). Expected the integers of classes, one for each picture, of shape (N).`,
  );
}
