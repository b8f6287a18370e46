import { createHash } from "node:crypto";
import { embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { imageError } from "../../encoder/preprocess/batch.js";
import { NearlabelError } from "../../errors.js";
import { contentHash } from "../../image/content-hash.js";
import { type ImageSource, isEncoded } from "../../image/source.js";
import { normalise } from "../../math/vector.js";
import { sqlIn } from "../../store/filter.js";
import type { Cell } from "../../store/rows.js";
import type { ImageFailure } from "../table/failures.js";
import type { ImageTable } from "../table/image-table.js";
import { STORED_EMBEDDER } from "../table/table-info.js";
import type { Incoming } from "./incoming.js";
import { isThere } from "./is-there.js";
import type { Knowledge, KnownPictures } from "./known-pictures.js";
import type { OwnColumns } from "./own-columns.js";
import { contentCells, detailCells, labelCells, ownCells, versionCells } from "./row-cells.js";
import { type StoredRow, storedRows } from "./stored-rows.js";

/** What is to become of a picture. */
export type Outcome =
  | {
      readonly kind: "row";
      readonly path: string;
      readonly change: "added" | "changed" | "moved";
      /** Whether the model was asked for its vector. */
      readonly embedded: boolean;
      readonly cells: Readonly<Record<string, Cell>>;
      readonly vector: Float32Array;
      /** The path that a moved picture had. */
      readonly insteadOf?: string;
    }
  /** The same picture as before; columns that differ are set. */
  | { readonly kind: "same"; readonly path: string; readonly cells?: Readonly<Record<string, Cell>> }
  | { readonly kind: "failed"; readonly path: string; readonly failure: ImageFailure }
  /** A file that was listed and is not there any more. */
  | { readonly kind: "gone"; readonly path: string };

/** A picture that is new, may have changed, or has columns that may have. */
export interface Candidate {
  readonly incoming: Incoming;
  /** `stored` where its file is as it was. */
  readonly knowledge: Knowledge | undefined;
}

/** What all pictures of a run have in common. */
export interface Resolving {
  readonly table: ImageTable;
  readonly known: KnownPictures;
  readonly model: Encoder;
  /** What the column `embedder` calls this run's. */
  readonly embedder: string;
  readonly own: OwnColumns;
  /** Paths of pictures that moved, each of which one picture takes the place of. */
  readonly taken: Set<string>;
  /** Embed again whatever comes. */
  readonly anew: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** A picture that was read. */
interface ReadPicture {
  readonly incoming: Incoming;
  readonly id: string;
  readonly source: ImageSource;
  readonly size: number | null;
}

/**
 * What is to become of some pictures, in their order: a picture whose contents the table has is not embedded, and takes the
 * place of a row with them whose file is gone.
 */
export async function resolvePictures(candidates: readonly Candidate[], run: Resolving): Promise<Outcome[]> {
  const read = await Promise.all(candidates.map((candidate) => readCandidate(candidate, run)));
  run.signal?.throwIfAborted();
  const pictures = read.filter((one): one is ReadPicture => !("kind" in one) && !("knowledge" in one));
  const stored = await storedFor(candidates, pictures, run);
  const vectors = await embedUnknown(pictures, stored, run);
  return Promise.all(
    read.map(async (one): Promise<Outcome> => {
      if ("kind" in one) return one;
      if ("knowledge" in one) return sameOutcome(one.incoming, stored.byPath.get(one.incoming.path), run);
      return outcomeOf(one, stored, vectors, run);
    }),
  );
}

async function readCandidate(
  candidate: Candidate,
  { model, anew }: Resolving,
): Promise<ReadPicture | Candidate | Outcome> {
  const { incoming, knowledge } = candidate;
  if (incoming.error) return failed(incoming, incoming.error);
  if (knowledge === "stored" && !anew) return candidate;
  try {
    if (incoming.embedding) return embeddedElsewhere(incoming, incoming.embedding, model);
    const { hash, source } = await contentHash(incoming.image, model.batching.maxBytes);
    return { incoming, id: hash, source, size: sizeOf(source) };
  } catch (cause) {
    const error = imageError(cause);
    if (error.code === "IMAGE_NOT_FOUND" && incoming.isListed) return { kind: "gone", path: incoming.path };
    return failed(incoming, error);
  }
}

function sizeOf(source: ImageSource): number | null {
  if (!isEncoded(source)) return null;
  return source instanceof Blob ? source.size : source.byteLength;
}

/** A picture of which nothing but its embedding is known is told from others by that. */
function embeddedElsewhere(incoming: Incoming, embedding: Float32Array, model: Encoder): ReadPicture {
  if (embedding.length !== model.dimension) {
    throw new NearlabelError(
      "VECTOR_INVALID",
      `${incoming.path}: expected an embedding of ${model.dimension} numbers, as ${model.identity.id} makes, got ${embedding.length}. Use the model that it was made with.`,
    );
  }
  const bytes = new Uint8Array(embedding.buffer, embedding.byteOffset, embedding.byteLength);
  const id = createHash("sha256").update("embedding\0").update(bytes).digest("hex");
  return { incoming, id, source: incoming.image, size: null };
}

type Vectors = ReadonlyMap<ReadPicture, Float32Array | NearlabelError>;

interface StoredPictures {
  readonly byPath: ReadonlyMap<string, StoredRow>;
  readonly byId: ReadonlyMap<string, readonly StoredRow[]>;
}

/** What the table has of some pictures. It is not asked for those that it cannot have. */
async function storedFor(
  candidates: readonly Candidate[],
  pictures: readonly ReadPicture[],
  { table, known }: Resolving,
): Promise<StoredPictures> {
  await known.renew();
  const paths = candidates.map(({ incoming }) => incoming.path).filter((path) => known.has(path));
  const ids = pictures.map(({ id }) => id).filter((id) => known.hasContents(id));
  const wheres = [paths.length > 0 && sqlIn("path", paths), ids.length > 0 && sqlIn("id", ids)];
  const where = wheres.filter((one) => one !== false).join(" OR ");
  const rows = where === "" ? [] : await storedRows(table, where);
  const byId = new Map<string, StoredRow[]>();
  for (const row of rows) byId.set(row.id, [...(byId.get(row.id) ?? []), row]);
  return { byPath: new Map(rows.map((row) => [row.path, row])), byId };
}

/** The vector of each picture that the table has none of, or why it has none. The same contents are embedded once. */
async function embedUnknown(
  pictures: readonly ReadPicture[],
  { byId }: StoredPictures,
  run: Resolving,
): Promise<Vectors> {
  const { anew } = run;
  const vectors = new Map<ReadPicture, Float32Array | NearlabelError>();
  const unknown: ReadPicture[] = [];
  for (const picture of pictures) {
    const { id, incoming } = picture;
    const known = anew
      ? undefined
      : byId.get(id)?.find((row) => row.cells.embedder === embedderFor(incoming, run));
    if (known) continue;
    if (incoming.embedding) vectors.set(picture, normalise(incoming.embedding.slice()));
    else unknown.push(picture);
  }
  const found = await embed([...new Map(unknown.map((picture) => [picture.id, picture])).values()], run);
  const byContents = new Map([...found].map(([{ id }, vector]) => [id, vector]));
  for (const picture of unknown) vectors.set(picture, byContents.get(picture.id)!);
  // An error names the one picture that was tried.
  const alike = unknown.filter((one) => !found.has(one) && vectors.get(one) instanceof NearlabelError);
  for (const [picture, error] of await embed(alike, run)) vectors.set(picture, error);
  return vectors;
}

async function embed(pictures: readonly ReadPicture[], { model, signal }: Resolving): Promise<Vectors> {
  if (pictures.length === 0) return new Map();
  const nameOf = (position: number) => pictures[position]!.incoming.path;
  const batch = await model.embedImages(
    pictures.map(({ source }) => source),
    { signal, nameOf, more: true },
  );
  return new Map(
    pictures.map((picture, position) => {
      const found = embeddingAt(batch, position);
      return [picture, found instanceof NearlabelError ? found : found.embedding];
    }),
  );
}

/** What the column `embedder` calls what made the vector. */
function embedderFor({ embedding }: Incoming, { embedder }: Resolving): string {
  return embedding ? STORED_EMBEDDER : embedder;
}

async function outcomeOf(
  picture: ReadPicture,
  { byPath, byId }: StoredPictures,
  vectors: Vectors,
  run: Resolving,
): Promise<Outcome> {
  const { incoming, id } = picture;
  const before = byPath.get(incoming.path);
  const embedder = embedderFor(incoming, run);
  const vector = vectors.get(picture);
  if (vector instanceof NearlabelError) return failed(incoming, vector);
  if (before?.id === id && !vector) return sameOutcome(incoming, before, run);
  const alike = (byId.get(id) ?? []).find((row) => row.cells.embedder === embedder);
  const moved = before ? undefined : await goneOf(byId.get(id) ?? [], run);
  const kept = before ?? moved;
  const labels = before?.id === id ? labelCells(before) : labelCells(undefined);
  const contents = vector
    ? { ...(await detailCells(incoming.embedding ? undefined : picture.source, picture.size)), ...labels }
    : contentCells(moved ?? alike!);
  const cells = {
    ...ownCells(kept, run.table),
    ...contents,
    id,
    embedder,
    given_label: incoming.label ?? (kept?.cells.given_label as string | null | undefined) ?? null,
    ...run.own.cellsOf(incoming.fields),
    ...versionCells(incoming),
    path: incoming.path,
  };
  return {
    kind: "row",
    path: incoming.path,
    change: before ? "changed" : moved ? "moved" : "added",
    embedded: vector !== undefined && !incoming.embedding,
    cells,
    vector: vector ?? (moved ?? alike!).vector,
    ...(moved && { insteadOf: moved.path }),
  };
}

/** The picture is as it was; its file's time, its label and its columns may not be. */
function sameOutcome(incoming: Incoming, before: StoredRow | undefined, { own }: Resolving): Outcome {
  const { path, label, fields } = incoming;
  const wanted: Record<string, Cell> = {
    ...versionCells(incoming),
    ...(label !== undefined && { given_label: label }),
    ...own.cellsOf(fields),
  };
  const differing = Object.entries(wanted).filter(
    ([name, cell]) => !isSame(cell, before?.cells[name] ?? null),
  );
  if (differing.length === 0) return { kind: "same", path };
  return { kind: "same", path, cells: { path, ...Object.fromEntries(differing) } };
}

function isSame(a: Cell, b: Cell): boolean {
  return a === b || JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}

function plain(cell: Cell): unknown {
  return typeof cell === "bigint" ? `${cell}n` : cell;
}

/** A row with the same contents whose file is gone, and which no other picture took the place of. */
async function goneOf(
  rows: readonly StoredRow[],
  { embedder, taken }: Resolving,
): Promise<StoredRow | undefined> {
  for (const row of rows) {
    if (row.cells.embedder !== embedder || row.path.includes("#") || taken.has(row.path)) continue;
    if (await isThere(row.path)) continue;
    if (taken.has(row.path)) continue;
    taken.add(row.path);
    return row;
  }
  return undefined;
}

function failed({ path, version }: Incoming, { code, message }: NearlabelError): Outcome {
  const modified = version ? new Date(Math.floor(version.modified)) : null;
  return {
    kind: "failed",
    path,
    failure: { path, code, message, bytes: version?.bytes ?? null, modified, tried: new Date() },
  };
}
