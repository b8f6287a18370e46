import { checkOptions, NearlabelError, optionError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import { type Candidate, compareMerits, KEEP_RULES, type KeepRule, meritOf } from "./keep-rule.js";
import { nearPairs } from "./near-pairs.js";
import { keepApart, type ToldApart, toldApart } from "./not-duplicates.js";
import { readVectors, type StoredVectors } from "./stored-vectors.js";

/**
 * How alike two pictures are. `same`: the same contents, byte for byte. `near`: one is hardly told from the other, such as another size or
 * compression. `similar`: the same scene, such as the next shot.
 */
export type Band = "same" | "near" | "similar";

export const BANDS: readonly Band[] = ["same", "near", "similar"];

export interface DuplicatesOptions {
  /** How alike pictures have to be at least. Default near. */
  readonly band?: Band | undefined;
  /** Least cosine of near pictures. Default 0.99. */
  readonly near?: number | undefined;
  /** Least cosine of similar pictures. Default 0.95. */
  readonly similar?: number | undefined;
  /** Which picture of a group is kept. Default largest. */
  readonly keep?: KeepRule | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures compared so far, and how many there are. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A picture and those that are so like it that they need not be kept. */
export interface DuplicateGroup {
  readonly kept: DuplicatePicture;
  /** Most alike first. */
  readonly duplicates: readonly (DuplicatePicture & {
    /** Cosine to the one that is kept. */
    readonly similarity: number;
    readonly band: Band;
  })[];
}

export type DuplicatePicture = Pick<Candidate, "path" | "width" | "height" | "bytes"> & {
  readonly id: string;
};

const OPTIONS = ["band", "near", "similar", "keep", "where", "signal", "onProgress"] as const;
const COLUMNS = ["id", "width", "height", "bytes", "modified", "taken"];

/**
 * Groups of pictures that are alike, most alike first. Every duplicate is alike to the one that is kept, not only to another of its
 * group. Pairs of {@link notDuplicates} are left out. Nothing is written.
 *
 * @throws NearlabelError `OPTION_INVALID`, `TABLE_FILTER_INVALID`, `INPUT_EMPTY`
 */
export async function findDuplicates(
  table: ImageTable,
  options: DuplicatesOptions = {},
): Promise<DuplicateGroup[]> {
  checkDuplicates(options);
  const { keep = "largest", where, signal } = options;
  const pictures = await readVectors(table, COLUMNS, where);
  const alike = await alikePictures(pictures, await toldApart(table), options);
  const merits = new Map<number, readonly number[]>();
  for (const position of alike.keys()) {
    signal?.throwIfAborted();
    merits.set(position, await meritOf(candidateAt(pictures, position), keep));
  }
  const order = [...alike.keys()].sort((a, b) => compareMerits(merits.get(a)!, merits.get(b)!) || a - b);
  const isTaken = new Set<number>();
  const groups: DuplicateGroup[] = [];
  for (const kept of order) {
    if (isTaken.has(kept)) continue;
    const others = [...alike.get(kept)!].filter(([other]) => !isTaken.has(other));
    for (const [other] of others) isTaken.add(other);
    isTaken.add(kept);
    if (others.length > 0) groups.push(groupOf(pictures, kept, others, options));
  }
  return groups.sort((a, b) => b.duplicates[0]!.similarity - a.duplicates[0]!.similarity);
}

/**
 * Remembers that pictures are no duplicates of each other. It holds for what they show, wherever their files lie.
 *
 * @param paths of two pictures or more
 * @throws NearlabelError `INPUT_EMPTY` for paths that are not in the table
 */
export async function notDuplicates(table: ImageTable, paths: readonly string[]): Promise<void> {
  const { columns } = await table.table.read({ columns: ["path", "id"] });
  const ids = new Map(columns.path!.map((path, at) => [path, columns.id![at] as string]));
  const missing = paths.filter((path) => !ids.has(path));
  if (missing.length > 0) {
    throw new NearlabelError("INPUT_EMPTY", `${table.place}: no picture ${JSON.stringify(missing[0])}.`);
  }
  await keepApart(table, [...new Set(paths.map((path) => ids.get(path)!))]);
}

/** For each picture that has some, those that are alike to it, with their cosine. */
async function alikePictures(
  { columns, vectors }: StoredVectors,
  areApart: ToldApart,
  { band = "near", near, similar, signal, onProgress }: DuplicatesOptions,
): Promise<Map<number, Map<number, number>>> {
  const ids = columns.id as readonly string[];
  const alike = new Map<number, Map<number, number>>();
  const add = (from: number, to: number, similarity: number) => {
    const others = alike.get(from) ?? new Map<number, number>();
    alike.set(from, others.set(to, similarity));
  };
  const join = (a: number, b: number, similarity: number) => {
    if (areApart(ids[a]!, ids[b]!)) return;
    add(a, b, similarity);
    add(b, a, similarity);
  };
  for (const group of positionsById(ids)) {
    for (const [at, a] of group.entries()) for (const b of group.slice(at + 1)) join(a, b, 1);
  }
  if (band === "same") return alike;
  const least = band === "near" ? (near ?? NEAR) : (similar ?? SIMILAR);
  const progress = (done: number) => onProgress?.(done, vectors.rows);
  for await (const pair of nearPairs(vectors, { least, signal, onProgress: progress })) {
    if (ids[pair.first] !== ids[pair.second]) join(pair.first, pair.second, pair.similarity);
  }
  return alike;
}

function positionsById(ids: readonly string[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const [at, id] of ids.entries()) groups.set(id, [...(groups.get(id) ?? []), at]);
  return [...groups.values()].filter(({ length }) => length > 1);
}

function groupOf(
  pictures: StoredVectors,
  kept: number,
  others: readonly (readonly [number, number])[],
  { near = NEAR }: DuplicatesOptions,
): DuplicateGroup {
  const keptPicture = pictureAt(pictures, kept);
  const duplicates = others.map(([position, similarity]) => {
    const picture = pictureAt(pictures, position);
    const band: Band = picture.id === keptPicture.id ? "same" : similarity >= near ? "near" : "similar";
    return { ...picture, similarity, band };
  });
  const rank = ({ band }: { readonly band: Band }) => BANDS.indexOf(band);
  return {
    kept: keptPicture,
    duplicates: duplicates.sort((a, b) => rank(a) - rank(b) || b.similarity - a.similarity),
  };
}

function pictureAt(pictures: StoredVectors, position: number): DuplicatePicture {
  const { path, width, height, bytes } = candidateAt(pictures, position);
  return { path, id: pictures.columns.id![position] as string, width, height, bytes };
}

function candidateAt({ columns }: StoredVectors, position: number): Candidate {
  const names = ["path", "width", "height", "bytes", "modified", "taken"];
  return Object.fromEntries(names.map((name) => [name, columns[name]![position]])) as unknown as Candidate;
}

const NEAR = 0.99;
const SIMILAR = 0.95;

function checkDuplicates(options: DuplicatesOptions): void {
  checkOptions(options, OPTIONS, "findDuplicates");
  const { band = "near", near = NEAR, similar = SIMILAR, keep = "largest" } = options;
  if (!BANDS.includes(band)) throw optionError("band", BANDS.join(", "), band);
  if (!KEEP_RULES.includes(keep)) throw optionError("keep", KEEP_RULES.join(", "), keep);
  for (const [name, value] of Object.entries({ near, similar })) {
    if (!(value > 0 && value <= 1)) throw optionError(name, "a cosine above 0, at most 1", value);
  }
  if (similar > near) throw optionError("similar", `at most near, ${near}`, similar);
}
