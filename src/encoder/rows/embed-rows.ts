import { checkPart } from "../../arguments.js";
import { NearlabelError } from "../../errors.js";
import type { ImageRow } from "../../rows/dataset.js";
import { isStream, notPictures } from "../../rows/picture-stream.js";
import { cachedEncoder } from "../cached-encoder.js";
import { FIRST_BATCHES } from "../embed-images.js";
import { type Embedding, embeddingAt } from "../embedding-batch.js";
import type { EmbeddingCache } from "../embedding-cache.js";
import type { Encoder } from "../encoder.js";
import type { StageClock } from "../stages.js";
import { batches, mapAhead } from "./map-ahead.js";

/** What became of one row: its embedding, or the error in its place. */
export type EmbeddedRow =
  | (Embedding & { readonly row: ImageRow; readonly error?: never })
  | {
      readonly row: ImageRow;
      readonly error: NearlabelError;
      readonly embedding?: never;
      readonly norm?: never;
    };

export interface EmbedRowsOptions {
  /** Rejects with the signal's reason; a run of the network that has begun goes on to its end. */
  readonly signal?: AbortSignal | undefined;
  /** Where embeddings that are known already are found, and new ones kept. Pictures that are known are not decoded. */
  readonly cache?: EmbeddingCache | undefined;
  /** Tells where the time goes, while the run goes on and after it. Nothing is measured without it. */
  readonly clock?: StageClock | undefined;
}

/**
 * Embeds pictures as they come, in the order given. Reading runs ahead by as many batches as the encoder asks for and waits
 * for the consumer, so that memory does not grow with the number of rows. A picture that cannot be read or embedded is a
 * row with an `error`. Where `rows` throws, every row before comes first.
 *
 * @throws NearlabelError `OPTION_INVALID` for rows that are text or bytes, whose parts are no rows
 */
export async function* embedRows(
  encoder: Encoder,
  rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  options: EmbedRowsOptions = {},
): AsyncGenerator<EmbeddedRow> {
  for await (const batch of embedBatches(encoder, rows, options)) yield* batch;
}

/** The same by the batch, for consumers that work on many rows at a time. */
export async function* embedBatches(
  encoder: Encoder,
  rows: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  { signal, cache, clock }: EmbedRowsOptions = {},
): AsyncGenerator<EmbeddedRow[]> {
  if (!isStream(rows)) throw notPictures("an iterable of rows", rows);
  checkPart("model", encoder);
  const { size, ahead } = encoder.batching;
  const source = cache ? cachedEncoder(encoder, cache) : encoder;
  const stop = new AbortController();
  const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let begun = 0;
  const embedded = mapAhead(
    batches(clock ? timedReads(rows, clock) : rows, size, stop.signal),
    (batch) => embedBatch(source, batch, { signal: stopped, more: begun++ >= FIRST_BATCHES, clock }),
    { ahead, signal },
  );
  try {
    for await (const batch of embedded) {
      clock?.begin("sink");
      // A consumer that leaves early ends the function here, before the sources are closed.
      let resumed = false;
      try {
        yield batch;
        resumed = true;
      } finally {
        clock?.finish("sink");
        if (!resumed) stop.abort();
      }
    }
  } finally {
    stop.abort();
  }
}

/** Rows that come without a picture have their error or embedding already. */
async function embedBatch(
  encoder: Encoder,
  rows: readonly ImageRow[],
  options: Parameters<Encoder["embedImages"]>[1],
): Promise<EmbeddedRow[]> {
  const pictures = rows.filter(({ error, embedding }) => !error && !embedding);
  const nameOf = (position: number) => `picture ${pictures[position]!.id}`;
  const images = pictures.map(({ image }) => image);
  const batch = images.length === 0 ? undefined : await encoder.embedImages(images, { ...options, nameOf });
  let position = 0;
  return rows.map((row): EmbeddedRow => {
    const { error, embedding } = row;
    const found = error ?? (embedding ? stored(embedding, row, encoder) : embeddingAt(batch!, position++));
    return found instanceof NearlabelError ? { row, error: found } : { row, ...found };
  });
}

/** An embedding that was computed before. Its length as the network gave it is not known any more. */
function stored(
  embedding: Float32Array,
  { id }: ImageRow,
  { dimension }: Encoder,
): Embedding | NearlabelError {
  if (embedding.length === dimension) return { embedding, norm: 1 };
  return new NearlabelError(
    "VECTOR_INVALID",
    `Row ${id}: expected an embedding of ${dimension} numbers, as the model makes, got ${embedding.length}. Use the model that it was made with.`,
  );
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
