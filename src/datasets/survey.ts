import { mapAhead } from "../encoder/rows/map-ahead.js";
import { NearlabelError } from "../errors.js";
import { decodeImage } from "../image/decode/decode.js";
import { formatOf } from "../image/decode/format.js";
import { isImageFile } from "../image/image-file.js";
import { MAX_BYTES, readImage } from "../image/read.js";
import { isEncoded, type RgbImage } from "../image/source.js";
import type { Dataset, ImageRow } from "../rows/dataset.js";
import { inRange } from "../rows/range.js";

/** What the pictures of a data set are, found by decoding each. */
export interface DatasetSurvey {
  /** Pictures that were looked at. */
  readonly rows: number;
  /** Rows by label: the data set's own classes in their order, those without a row too, then others as they came. */
  readonly labels: ReadonlyMap<string, number>;
  readonly unlabelled: number;
  /** Pictures by `width x height`, upright, the most frequent first. */
  readonly sizes: readonly SizeCount[];
  /** Pictures by file format: `JPEG`, `PNG`, ..., `pixels`; the most frequent first. */
  readonly formats: ReadonlyMap<string, number>;
  readonly unreadable: number;
  /** The first hundred of the unreadable. */
  readonly failures: readonly { readonly id: string | number; readonly error: NearlabelError }[];
}

export interface SizeCount {
  readonly width: number;
  readonly height: number;
  readonly pictures: number;
}

export interface SurveyOptions {
  /** Looks at the first so many rows. Default: all. */
  limit?: number | undefined;
  signal?: AbortSignal | undefined;
  /** Told of each picture that could be read, in order. */
  onPicture?: ((row: ImageRow, pixels: RgbImage) => Promise<void>) | undefined;
  /** Called with the number of rows so far. */
  onProgress?: ((done: number) => void) | undefined;
}

/** Decoded at the same time, on the threads of the image library. */
const AHEAD = 8;
const FAILURES = 100;

/**
 * Decodes every picture of `dataset` and counts labels, sizes, formats, and what cannot be read. Memory holds a few
 * pictures at a time.
 * @throws what the data set's rows throw, and the reason of `signal`
 */
export async function surveyDataset(
  dataset: Dataset,
  { limit, signal, onPicture, onProgress }: SurveyOptions = {},
): Promise<DatasetSurvey> {
  const labels = new Map<string, number>(dataset.labels?.map((label) => [label, 0]));
  const sizes = new Map<string, number>();
  const formats = new Map<string, number>();
  const failures: { id: string | number; error: NearlabelError }[] = [];
  const counts = { rows: 0, unlabelled: 0, unreadable: 0 };
  const rows = inRange(dataset.rows({ end: limit }), { end: limit });
  for await (const { row, found } of mapAhead(rows, look, { ahead: AHEAD, signal })) {
    counts.rows++;
    if (row.label === undefined) counts.unlabelled++;
    else add(labels, row.label);
    if (found instanceof NearlabelError) {
      counts.unreadable++;
      if (failures.length < FAILURES) failures.push({ id: row.id, error: found });
    } else {
      add(formats, found.format);
    }
    if ("pixels" in found && found.pixels) {
      add(sizes, `${found.pixels.width} ${found.pixels.height}`);
      await onPicture?.(row, found.pixels);
    }
    onProgress?.(counts.rows);
  }
  return { ...counts, labels, sizes: sizeCounts(sizes), formats: new Map(byCount(formats)), failures };
}

interface Look {
  readonly row: ImageRow;
  /** Stored embeddings have no pixels. */
  readonly found: { readonly pixels?: RgbImage; readonly format: string } | NearlabelError;
}

async function look(row: ImageRow): Promise<Look> {
  const { image, error } = row;
  if (error) return { row, found: error };
  if (row.embedding) return { row, found: { format: "embedding" } };
  try {
    if (!isImageFile(image) && !isEncoded(image))
      return { row, found: { pixels: await decodeImage(image), format: "pixels" } };
    const { bytes, name } = await readImage(image, MAX_BYTES);
    return {
      row,
      found: { pixels: await decodeImage(bytes, { name }), format: formatOf(bytes)?.name ?? "unknown" },
    };
  } catch (error) {
    if (error instanceof NearlabelError) return { row, found: error };
    throw error;
  }
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function byCount(counts: ReadonlyMap<string, number>): [string, number][] {
  return [...counts].sort(([, a], [, b]) => b - a);
}

function sizeCounts(sizes: ReadonlyMap<string, number>): SizeCount[] {
  return byCount(sizes).map(([size, pictures]) => {
    const [width = 0, height = 0] = size.split(" ").map(Number);
    return { width, height, pictures };
  });
}
