import type { EmbeddingCache } from "../embeddings/cache/embedding-cache.js";
import { NearlabelError } from "../errors.js";
import { contentHash } from "../image/content-hash.js";
import type { PixelBatch } from "../image/preprocess/pixel-batch.js";
import type { ImageSource } from "../image/source.js";
import { type Matrix, row as rowOf } from "../math/matrix.js";
import type { ImageRow } from "../rows/dataset.js";
import { batches } from "./batches.js";
import type { EmbeddedRow } from "./embedded-row.js";
import { mapAhead } from "./map-ahead.js";
import { imageError, type Preprocessed } from "./preprocess-batch.js";
import type { Where } from "./preprocess-threads.js";
import { type StageClock, type Stages, startStageClock } from "./stages.js";
import { unitEmbedding } from "./unit-embedding.js";

/** What a model does to pictures, step by step. */
export interface ImageSteps {
  /** Pictures in one run of the vision tower. */
  readonly batchSize: number;
  /** Batches that are preprocessed ahead of the one in the network. */
  readonly ahead: number;
  /** Largest file that is read, in bytes. */
  readonly maxBytes?: number | undefined;
  /** Begins what `preprocess` beside the calling thread needs, and does not wait for it. */
  start(): void;
  /** Preprocesses one batch. Does not reject for a picture. */
  preprocess(images: readonly ImageSource[], where: Where): Promise<Preprocessed>;
  /** Opens the vision tower, unless it is open. */
  open(): Promise<void>;
  encodePixels(pixels: PixelBatch): Promise<Matrix>;
  /** Takes the memory of pixels that `preprocess` gave for the next. They must not be read any more. */
  reuse(pixels: PixelBatch): void;
}

export interface EmbedRowsOptions {
  /** Rejects with the signal's reason; a run of the network that has begun is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Where embeddings that are known already are found, and new ones kept. Pictures that are known are not decoded. */
  readonly cache?: EmbeddingCache | undefined;
  /** Told at the end, however it comes, where the time went. Nothing is measured without it. */
  readonly onStages?: ((stages: Stages) => void) | undefined;
}

/** The first batches of a run start no threads, which would take longer than a few pictures do. */
const FIRST_BATCHES = 2;

/** Batches whose files are read and hashed ahead of preprocessing, where there is a cache. */
const HASHED_AHEAD = 2;

/**
 * Embeds pictures as they come: read, decode and preprocess, batch by batch through the network, in the order given.
 * Reading runs ahead by `ahead` batches and two more at most and waits for the consumer, so that memory does not grow with
 * the number of rows. A picture that cannot be read or embedded is a row with an `error`. Where `rows` throws, every row
 * before comes first.
 */
export async function* embedRows(
  model: { readonly imageSteps: ImageSteps },
  rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  options: EmbedRowsOptions = {},
): AsyncGenerator<EmbeddedRow> {
  for await (const batch of embedBatches(model, rows, options)) yield* batch;
}

/** The same by the batch, `batchSize` rows each but for the last, for consumers that work on many at a time. */
export async function* embedBatches(
  { imageSteps: steps }: { readonly imageSteps: ImageSteps },
  rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  { signal, cache, onStages }: EmbedRowsOptions = {},
): AsyncGenerator<EmbeddedRow[]> {
  const stop = new AbortController();
  const clock = onStages && startStageClock();
  const read = batches(clock ? timedReads(rows, clock) : rows, steps.batchSize, stop.signal);
  const known = cache
    ? mapAhead(read, (batch) => lookUp(batch, cache, steps), { ahead: HASHED_AHEAD, signal })
    : mapAhead(read, async (batch) => batch.map((row): Picture => ({ row })), { ahead: 1, signal });
  let begun = 0;
  const preprocessed = mapAhead(
    known,
    (pictures) => preprocess(pictures, steps, begun++ < FIRST_BATCHES ? "anywhere" : "beside", clock),
    { ahead: steps.ahead, signal },
  );
  try {
    for await (const batch of preprocessed) {
      const embedded = await encode(batch, steps, cache, clock);
      clock?.begin("sink");
      // A consumer that leaves early ends the function here, before the sources are closed.
      let resumed = false;
      try {
        yield embedded;
        resumed = true;
      } finally {
        clock?.finish("sink");
        if (!resumed) stop.abort();
      }
    }
  } finally {
    stop.abort();
    if (clock) onStages?.(clock.figures());
  }
}

/** A row on its way, with its hash where there is a cache. */
interface Picture {
  readonly row: ImageRow;
  readonly source?: ImageSource;
  readonly hash?: string;
  /** The embedding as the network gave it, from a cache. */
  readonly known?: Float32Array;
  readonly error?: NearlabelError;
}

interface PreprocessedPictures {
  readonly pictures: readonly Picture[];
  /** Of those that have neither embedding nor error. */
  readonly pixels: PixelBatch | undefined;
}

function isUnknown({ known, error }: Picture): boolean {
  return !known && !error;
}

async function* timedReads(
  rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  clock: StageClock,
): AsyncGenerator<ImageRow> {
  clock.begin("read");
  for await (const row of rows) {
    clock.finish("read");
    yield row;
    clock.begin("read");
  }
  clock.finish("read");
}

function lookUp(
  rows: readonly ImageRow[],
  cache: EmbeddingCache,
  { maxBytes }: ImageSteps,
): Promise<Picture[]> {
  return Promise.all(
    rows.map(async (row): Promise<Picture> => {
      try {
        const { hash, source } = await contentHash(row.image, maxBytes);
        const known = cache.get(hash);
        return known ? { row, known } : { row, source, hash };
      } catch (error) {
        return { row, error: imageError(error) };
      }
    }),
  );
}

async function preprocess(
  pictures: readonly Picture[],
  steps: ImageSteps,
  where: Where,
  clock: StageClock | undefined,
): Promise<PreprocessedPictures> {
  clock?.begin("preprocess");
  const images = pictures.filter(isUnknown).map(({ row, source }) => source ?? row.image);
  const results = images.length > 0 ? await preprocessAndOpen(images, steps, where) : undefined;
  clock?.finish("preprocess");
  clock?.arrive("encode");
  const errors = results?.errors.values();
  return {
    pictures: pictures.map((picture) => {
      if (!isUnknown(picture)) return picture;
      const { row, hash } = picture;
      const error = errors?.next().value;
      return { row, ...(hash && { hash }), ...(error && { error }) };
    }),
    pixels: results?.pixels,
  };
}

/** Threads preprocess the first pictures while the tower is opened; that it cannot be shows where it is first run. */
function preprocessAndOpen(images: readonly ImageSource[], steps: ImageSteps, where: Where) {
  const preprocessed = steps.preprocess(images, where);
  steps.open().catch(() => {});
  return preprocessed;
}

async function encode(
  { pictures, pixels }: PreprocessedPictures,
  { encodePixels, reuse }: ImageSteps,
  cache: EmbeddingCache | undefined,
  clock: StageClock | undefined,
): Promise<EmbeddedRow[]> {
  clock?.begin("encode");
  const vectors = pixels && pixels.pictures > 0 ? await encodePixels(pixels) : undefined;
  if (pixels) reuse(pixels);
  clock?.finish("encode");
  let used = 0;
  return pictures.map(({ row, hash, known, error }): EmbeddedRow => {
    if (error) return { row, error };
    const vector = known ?? rowOf(vectors!, used++);
    const unit = unitEmbedding(vector, () => `picture ${row.id}`);
    if (unit instanceof NearlabelError) return { row, error: unit };
    if (hash) cache?.put(hash, vector);
    return { row, ...unit };
  });
}
