import { basename, dirname, join } from "node:path";
import { types } from "node:util";
import { NearlabelError } from "../../errors.js";
import { readRecords } from "../../files/fixed-records.js";
import { isFile } from "../../files/folders.js";
import { parseJson } from "../../files/json.js";
import { readText } from "../../files/text.js";
import type { DecodedImage } from "../../image/source.js";
import { openSource } from "../../objects/object-source.js";
import type { Dataset, DatasetOptions, ImageRow } from "../../rows/dataset.js";
import { datasetOfParts } from "../../rows/parts.js";
import { rowOf } from "../../rows/picture-row.js";
import { findClassNames, readNames } from "../columns/class-names.js";
import { labelOf, labelOfText } from "../columns/values.js";
import { chooseSplit } from "../splits.js";
import { interleaved } from "./cifar.js";
import { type NpyLayout, readNpy, readNpyLayout } from "./npy.js";
import { type FileRange, parsedRange, type RangeKey, rangesOf, withinRange } from "./range-parts.js";

/** How the pictures of an array lie in it. */
interface PictureLayout {
  readonly rows: number;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3 | 4;
  /** Whether all of one channel comes before all of the next. */
  readonly planar: boolean;
  /** The byte of the file that the first begins at. */
  readonly offset: number;
}

/**
 * The pictures in a `.npy` file, uint8 of shape N x H x W, N x H x W x C or N x C x H x W, where C is 1, 3 or 4, and
 * their labels in a file beside it; or one picture, H x W x C. Rows are read from the file as they are asked for; the labels
 * are held. Ids are row numbers from 0.
 *
 * Throws `DATASET_INVALID` for another array, and where there are not as many labels as pictures.
 */
export async function openNpyPictures(path: string, options: DatasetOptions): Promise<Dataset> {
  if (options.split !== undefined) chooseSplit([], options.split, path);
  const layout = await pictureLayout(path);
  const labelsFile = options.labelsFile ?? (await findLabels(path));
  const classNames = options.classNames ?? (await findClassNames([dirname(path)]));
  const labels = labelsFile === undefined ? undefined : await readRowLabels(labelsFile, classNames);
  if (labels && labels.length !== layout.rows) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `"${labelsFile}" has ${labels.length} labels. Expected ${layout.rows}, one for each picture in "${path}".`,
    );
  }
  const file = { name: basename(path), rows: layout.rows };
  const description = {
    name: basename(path).replace(/\.npy$/i, ""),
    ...(labels && classNames && { labels: classNames }),
    size: layout.rows,
  };
  return datasetOfParts<RangeKey>(description, {
    list: () => rangesOf(file.rows, file.name),
    parse: (value) => parsedRange(value, [file]),
    read: (key, range) => rowsOf(path, layout, labels, withinRange(key, range)),
  });
}

async function* rowsOf(
  path: string,
  { width, height, channels, planar, offset }: PictureLayout,
  labels: readonly (string | undefined)[] | undefined,
  { start, end, labelsOnly }: FileRange,
): AsyncGenerator<ImageRow> {
  await using source = await openSource(path);
  const { version } = source;
  if (labelsOnly) {
    for (let id = start; id < end; id++) yield rowOf(id, undefined, labels?.[id], version);
    return;
  }
  let id = start;
  for await (const record of readRecords(
    source,
    { recordBytes: width * height * channels, offset },
    start,
    end,
  )) {
    const data = planar ? interleaved(record, channels) : record;
    const image: DecodedImage = { data, width, height, channels };
    yield rowOf(id, image, labels?.[id], version);
    id++;
  }
}

async function pictureLayout(path: string): Promise<PictureLayout> {
  await using source = await openSource(path);
  const array = await readNpyLayout(source);
  const layout = layoutIn(array);
  if (layout) return { ...layout, offset: array.start };
  const { dtype, shape } = array;
  const advice = dtype === "uint8" ? "" : " Save levels of 0 to 255 as uint8 (numpy: x.astype('uint8')).";
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" holds ${dtype} of shape (${shape.join(", ")}). Expected pictures as uint8, of shape N x H x W, N x H x W x C or N x C x H x W with 1, 3 or 4 channels C, or one of shape H x W x C.${advice}`,
  );
}

function layoutIn({ dtype, shape }: NpyLayout): Omit<PictureLayout, "offset"> | undefined {
  const [a = 0, b = 0, c = 0, d = 0] = shape;
  if (dtype !== "uint8" || shape.slice(1).includes(0)) return undefined;
  // A last length of 3 or 4 is channels far more often than the width of a picture.
  if (shape.length === 3 && a > 0 && isChannels(c))
    return { rows: 1, height: a, width: b, channels: c, planar: false };
  if (shape.length === 3) return { rows: a, height: b, width: c, channels: 1, planar: false };
  if (shape.length !== 4) return undefined;
  if (isChannels(d)) return { rows: a, height: b, width: c, channels: d, planar: false };
  return isChannels(b) ? { rows: a, height: c, width: d, channels: b, planar: true } : undefined;
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
      if (await isFile(file)) return file;
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
  if (shape.length === 1 && !types.isFloat32Array(data)) {
    return [...data].map((value) => labelOf(value, classNames));
  }
  throw new NearlabelError(
    "DATASET_INVALID",
    `"${path}" has the shape (${shape.join(", ")}). Expected the integers of classes, one for each picture, of shape (N).`,
  );
}
