import { stat } from "node:fs/promises";
import { isAbsolute } from "node:path";
import { type PackedError, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { isDrawnAside, thumbnail } from "../../image/draw/thumbnail.js";
import { imageFile } from "../../image/image-file.js";
import { MAX_BYTES, readImage } from "../../image/read.js";
import type { ImageTable } from "../../images/table/image-table.js";
import type { WantedPicture } from "../../images/table/table-pictures.js";
import { sqlIn } from "../../store/filter.js";
import { RequestError } from "../problems/request-error.js";
import { type Caller, createBatcher } from "../queue/batcher.js";
import { createSizedCache } from "../sized-cache.js";
import { type AskedThread, createAskedThread } from "../threads/asked-thread.js";

/** The pictures of tables, as they are or drawn small, wherever they lie. */
export interface ShownPictures {
  /** The contents that were embedded; of pixels without a file, a PNG. @throws RequestError IMAGE_NOT_FOUND */
  contents(table: ImageTable, id: string, caller: Caller): Promise<Uint8Array>;
  /** A JPEG with its longest side at most `side` pixels. @throws RequestError IMAGE_NOT_FOUND; those of `thumbnail` */
  thumbnail(table: ImageTable, id: string, side: number, caller: Caller): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How a picture is wanted. */
export type WantedForm = "contents" | { readonly side: number; readonly maxPixels: number };

/** What the thread is asked. */
export interface PictureQuestion {
  /** Of the table. */
  readonly place: string;
  readonly wanted: readonly WantedPicture[];
  readonly form: WantedForm;
}

/** What comes back, in no particular order. */
export type ReadPictures = readonly ({ readonly path: string } & (
  | { readonly bytes: Uint8Array; readonly error?: never }
  | { readonly error: PackedError; readonly bytes?: never }
))[];

interface Item {
  readonly place: string;
  /** Rows with the same contents, of which any will do. */
  readonly rows: readonly WantedPicture[];
  readonly form: WantedForm;
}

type Result = Uint8Array | NearlabelError;
type PictureThread = AskedThread<PictureQuestion, ReadPictures>;

/** Rows of data sets that are read together: of those that lie together, most of the reading is the same. */
const ROWS_AT_ONCE = 32;
const LOOKED_UP_AT_ONCE = 64;
/** Threads that decode what no library decodes aside; HEIC takes them a second and more. */
const DECODING_THREADS = 2;
/** Memory for thumbnails that took long, in bytes. */
const CACHE = 64 * 2 ** 20;
const ENTRY_BYTES = 300;

/**
 * Pictures of files that libvips draws are drawn by it; all others are read and drawn in threads of their own, which are started when they
 * are needed.
 *
 * @param maxPixels of a picture that is drawn
 */
export function createShownPictures(maxPixels: number): ShownPictures {
  const cache = createSizedCache<Uint8Array>(
    CACHE,
    (key, bytes) => 2 * key.length + bytes.length + ENTRY_BYTES,
  );
  const rowThread = newThread();
  const threads = Array.from({ length: DECODING_THREADS }, newThread);
  const idle = [...threads];
  const ofRows = createBatcher<Item, Result>((items, signal) => readAll(items, rowThread, signal), {
    ...{ largestBatch: ROWS_AT_ONCE, ahead: 1, longestWait: 0 },
  });
  const ofFiles = createBatcher<Item, Result>(
    async (items, signal) => {
      const thread = idle.pop()!;
      return readAll(items, thread, signal).finally(() => idle.push(thread));
    },
    { largestBatch: 1, ahead: DECODING_THREADS, longestWait: 0 },
  );
  const read = async (item: Item, caller: Caller): Promise<Uint8Array> => {
    const batcher = item.rows.some(({ path }) => path.includes("#")) ? ofRows : ofFiles;
    const [result] = await batcher.addAll([item], caller);
    if (result instanceof NearlabelError) throw result;
    return result!;
  };
  const rowsOf = rowLookup();
  return {
    async contents(table, id, caller) {
      const rows = await rowsOf(table, id, caller);
      return read({ place: table.place, rows, form: "contents" }, caller);
    },
    async thumbnail(table, id, side, caller) {
      const key = `${table.place} ${id} ${side}`;
      const known = cache.get(key);
      if (known) return known;
      const form = { side, maxPixels };
      const rows = await rowsOf(table, id, caller);
      const drawn = await drawnAside(rows, form);
      if (drawn) return drawn;
      const made = await read({ place: table.place, rows, form }, caller);
      cache.set(key, made);
      return made;
    },
    async close() {
      await Promise.all([rowThread, ...threads].map((thread) => thread.close()));
    },
  };
}

function newThread(): PictureThread {
  return createAskedThread("picture-worker.js", {});
}

/** A picture of a table. */
interface Wanted {
  readonly table: ImageTable;
  readonly id: string;
}

/** A row, with what its file was like. */
interface StoredRow extends WantedPicture {
  readonly modified: Date | null;
}

/** Gives the rows of a picture, of which there is one at least. @throws RequestError IMAGE_NOT_FOUND */
function rowLookup(): (table: ImageTable, id: string, caller: Caller) => Promise<StoredRow[]> {
  const lookups = createBatcher<Wanted, StoredRow[]>(rowsOfAll, {
    ...{ largestBatch: LOOKED_UP_AT_ONCE, ahead: 1, longestWait: 0 },
  });
  return async (table, id, caller) => {
    const [rows = []] = await lookups.addAll([{ table, id }], caller);
    if (rows.length > 0) return rows;
    throw new RequestError("IMAGE_NOT_FOUND", `The table has no picture ${id.slice(0, 12)}….`);
  };
}

/** One read of each table for all that are asked for while another read is under way: it looks through all rows, however few are wanted. */
async function rowsOfAll(items: readonly Wanted[]): Promise<StoredRow[][]> {
  const found = new Map<ImageTable, StoredRow[]>();
  for (const wanted of new Set(items.map(({ table }) => table))) {
    const ids = items.flatMap(({ table, id }) => (table === wanted ? [id] : []));
    found.set(wanted, await rowsWith(wanted, ids));
  }
  return items.map(({ table, id }) => found.get(table)!.filter((row) => row.id === id));
}

async function rowsWith({ table }: ImageTable, ids: readonly string[]): Promise<StoredRow[]> {
  const { columns } = await table.read({
    columns: ["path", "id", "width", "bytes", "modified"],
    where: sqlIn("id", [...new Set(ids)]),
  });
  return (columns.path ?? []).map((path, at) => ({
    path: path as string,
    id: columns.id![at] as string,
    width: columns.width![at] as number | null,
    bytes: columns.bytes![at] as number | null,
    modified: columns.modified![at] as Date | null,
  }));
}

/** Of a file that is as it was when it was embedded, and that libvips draws. */
async function drawnAside(
  rows: readonly StoredRow[],
  form: Exclude<WantedForm, "contents">,
): Promise<Buffer | undefined> {
  for (const row of rows) {
    if (!(await isAsItWas(row))) continue;
    const { bytes } = await readImage(imageFile(row.path), MAX_BYTES);
    if (isDrawnAside(bytes)) return thumbnail(bytes, form);
  }
  return undefined;
}

async function isAsItWas({ path, bytes, modified }: StoredRow): Promise<boolean> {
  if (!isAbsolute(path) || modified === null) return false;
  const found = await stat(path).catch(() => undefined);
  return found?.size === bytes && Math.floor(found.mtimeMs) === modified.getTime();
}

/** One question for all items of one table and form. */
async function readAll(
  items: readonly Item[],
  thread: PictureThread,
  signal: AbortSignal,
): Promise<Result[]> {
  const results = new Map<Item, Result>();
  const kindOf = ({ place, form }: Item) => JSON.stringify([place, form]);
  for (const kind of new Set(items.map(kindOf))) {
    const group = items.filter((item) => kindOf(item) === kind);
    const { place, form } = group[0]!;
    const wanted = group.flatMap(({ rows }) => rows);
    const read = new Map(
      (await thread.ask({ place, wanted, form }, signal)).map((each) => [each.path, each]),
    );
    for (const item of group) results.set(item, resultOf(item, read));
  }
  return items.map((item) => results.get(item)!);
}

function resultOf({ rows }: Item, read: ReadonlyMap<string, ReadPictures[number]>): Result {
  const found = rows.map(({ path }) => read.get(path));
  const bytes = found.find((each) => each?.bytes)?.bytes;
  if (bytes) return bytes;
  const errors = found.flatMap((each) => (each?.error ? [unpackError(each.error)] : []));
  const other = errors.find(({ code }) => code !== "IMAGE_NOT_FOUND");
  return (
    other ??
    new RequestError(
      "IMAGE_NOT_FOUND",
      "This picture is not where it was, or has changed since it was embedded.",
    )
  );
}
