import { mapAhead } from "../../encoder/rows/map-ahead.js";
import type { ImageTable } from "../table/image-table.js";
import { noteRowSource } from "../table/row-sources.js";
import { embedderOf } from "../table/table-info.js";
import { Upkeep } from "../upkeep/upkeep.js";
import type { Incoming, IngestSource } from "./incoming.js";
import type { IngestCounts, IngestOptions } from "./ingest-options.js";
import { KnownPictures } from "./known-pictures.js";
import { OwnColumns } from "./own-columns.js";
import { prune } from "./prune.js";
import { type Candidate, type Outcome, type Resolving, resolvePictures } from "./resolve.js";
import { IngestWriter, writing } from "./writer.js";

/** Pictures that are looked at together: many enough for one query, and few enough for little memory. */
const CHUNK = 64;
/** The same in bytes: pictures are in memory from when they are hashed to when they are embedded. */
const CHUNK_BYTES = 64 * 2 ** 20;
const AHEAD = 2;
/** Pictures whose cells decide the types of columns that the table lacks. */
const TYPED_ROWS = 1000;
/** Pictures that did not change, after which progress is told. */
const TOLD_ROWS = 500;

type RunOptions = Pick<IngestOptions, "model" | "prune" | "retry" | "signal" | "onProgress" | "onFailure"> & {
  /** Embed again whatever comes. */
  readonly anew?: boolean;
};

/** One run over the pictures of a source. */
export class IngestRun {
  readonly #table: ImageTable;
  readonly #source: IngestSource;
  readonly #options: RunOptions;
  readonly #own = new OwnColumns();
  readonly #counts: IngestCounts = {
    ...{ added: 0, changed: 0, moved: 0, unchanged: 0, failed: 0, failedBefore: 0, gone: 0 },
    ...{ paired: 0, pruned: 0, embedded: 0, unfit: 0 },
  };
  readonly #resolving = new Set<Promise<unknown>>();
  #done = 0;
  #total: number | undefined;

  constructor(table: ImageTable, source: IngestSource, options: RunOptions) {
    this.#table = table;
    this.#source = source;
    this.#options = options;
  }

  async run(): Promise<IngestCounts> {
    await this.#table.nameEmbedder(this.#options.model);
    const { rowSource } = this.#source;
    if (rowSource) await writing(() => noteRowSource(this.#table, rowSource));
    const upkeep = new Upkeep(this.#table, this.#options.signal);
    await upkeep.begin();
    const known = await KnownPictures.of(this.#table);
    const writer = new IngestWriter(this.#table, known, (rows) => upkeep.afterWrite(rows));
    this.#source.count().then(
      (total) => {
        this.#total = total;
      },
      () => {},
    );
    try {
      for await (const outcomes of this.#outcomes(known)) {
        for (const outcome of outcomes) {
          this.#count(outcome);
          await writer.add(outcome, known.hasFailed(outcome.path));
        }
        this.#tell();
      }
    } finally {
      await writer.close();
    }
    await this.#takeOut(known);
    await upkeep.finish();
    return { ...this.#counts, unfit: this.#own.unfit };
  }

  async *#outcomes(known: KnownPictures): AsyncGenerator<Outcome[]> {
    const { model, signal, anew = false } = this.#options;
    const stop = new AbortController();
    const stopped = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
    const resolving: Resolving = {
      table: this.#table,
      known,
      model,
      embedder: embedderOf(model.identity),
      own: this.#own,
      taken: new Set(),
      anew,
      signal: stopped,
    };
    const chunks = chunked(this.#candidates(known), { rows: CHUNK, bytes: CHUNK_BYTES, stop: stopped });
    try {
      yield* mapAhead(chunks, (chunk) => this.#underWay(resolvePictures(chunk, resolving)), {
        ahead: AHEAD,
        signal,
      });
    } finally {
      stop.abort();
      // They read the table, which is closed after this.
      await Promise.allSettled(this.#resolving);
    }
  }

  #underWay<T>(work: Promise<T>): Promise<T> {
    this.#resolving.add(work);
    const done = () => void this.#resolving.delete(work);
    work.then(done, done);
    return work;
  }

  /** The pictures that have to be looked at; those whose files did not change are counted. */
  async *#candidates(known: KnownPictures): AsyncGenerator<Candidate> {
    const { retry = false, anew = false } = this.#options;
    for await (const incoming of this.#typed()) {
      const knowledge = known.see(incoming.path, incoming.version);
      const isSettled = knowledge === "failed" ? !retry : knowledge === "stored" && !mayDiffer(incoming);
      if (!isSettled || anew) yield { incoming, knowledge: knowledge === "failed" ? undefined : knowledge };
      else {
        this.#done++;
        if (knowledge === "failed") this.#counts.failedBefore++;
        else this.#counts.unchanged++;
        if (this.#done % TOLD_ROWS === 0) this.#tell();
      }
    }
  }

  /** The pictures of the source, once the first of them have told which columns there are. */
  async *#typed(): AsyncGenerator<Incoming> {
    const pictures = this.#source.pictures()[Symbol.asyncIterator]();
    const first: Incoming[] = [];
    try {
      for (let bytes = 0; first.length < TYPED_ROWS && bytes < CHUNK_BYTES; ) {
        const { done, value } = await pictures.next();
        if (done) break;
        first.push(value);
        bytes += value.version?.bytes ?? 0;
        if (!value.fields && first.length === 1) break;
      }
      await this.#own.prepare(this.#table, first);
      yield* first;
      for (let next = await pictures.next(); !next.done; next = await pictures.next()) yield next.value;
    } finally {
      await pictures.return?.();
    }
  }

  /** Takes out what RAW files have, which a JPEG of the same name now stands for, and what is gone. */
  async #takeOut(known: KnownPictures): Promise<void> {
    const paired = this.#source.paired();
    this.#counts.paired = paired.length;
    await this.#table.remove(paired.filter((path) => known.has(path)));
    if (!this.#options.prune) return;
    this.#counts.pruned = await prune(this.#table, this.#source, known, this.#done > 0);
  }

  #count(outcome: Outcome): void {
    this.#done++;
    if (outcome.kind === "same") this.#counts.unchanged++;
    else if (outcome.kind !== "row") this.#counts[outcome.kind]++;
    else {
      this.#counts[outcome.change]++;
      if (outcome.embedded) this.#counts.embedded++;
    }
    if (outcome.kind === "failed") this.#options.onFailure?.(outcome.failure);
  }

  #tell(): void {
    this.#options.onProgress?.({ ...this.#counts, done: this.#done, total: this.#total });
  }
}

/** Whether the source says something about a picture that can change without its file. */
function mayDiffer({ label, fields }: Incoming): boolean {
  return label !== undefined || fields !== undefined;
}

/** Pictures in arrays that are neither long nor large. */
async function* chunked(
  candidates: AsyncIterable<Candidate>,
  { rows, bytes, stop }: { readonly rows: number; readonly bytes: number; readonly stop: AbortSignal },
): AsyncGenerator<Candidate[]> {
  let size = 0;
  let chunk: Candidate[] = [];
  const take = () => {
    const taken = chunk;
    chunk = [];
    size = 0;
    return taken;
  };
  try {
    for await (const candidate of candidates) {
      if (stop.aborted) return;
      chunk.push(candidate);
      size += candidate.incoming.version?.bytes ?? 0;
      if (chunk.length >= rows || size >= bytes) yield take();
    }
  } catch (error) {
    if (chunk.length > 0) yield take();
    throw error;
  }
  if (chunk.length > 0) yield take();
}
