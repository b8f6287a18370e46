import { checkOptions, checkPart } from "../../arguments.js";
import { NearlabelError, optionError } from "../../errors.js";
import { type Matrix, row, rowsAt } from "../../math/matrix.js";
import { dot } from "../../math/vector.js";
import type { ImageTable } from "../table/image-table.js";
import { type TablePictures, tablePictures } from "../table/table-pictures.js";
import {
  type Candidate,
  compareMerits,
  KEEP_RULES,
  type KeepRule,
  meritOf,
  sharpnessOf,
} from "./keep-rule.js";
import { nearGroups } from "./near-groups.js";
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
  checkPart("table", table);
  checkDuplicates(options);
  const { keep = "largest", where, signal } = options;
  const pictures = await readVectors(table, COLUMNS, where);
  const contents = contentsOf(pictures);
  const areApart = await toldApart(table);
  const stored = tablePictures(table);
  const groups: DuplicateGroup[] = [];
  for (const candidates of await candidateGroups(contents, pictures.vectors, options)) {
    const ranked: RankedContent[] = [];
    for (const content of candidates) {
      signal?.throwIfAborted();
      const { positions } = content;
      const sharpness = keep === "sharpest" ? await sharpnessAmong(pictures, positions, stored) : 0;
      ranked.push({ content, ...bestOf(pictures, positions, keep, sharpness) });
    }
    ranked.sort((a, b) => compareMerits(a.merit, b.merit) || a.best - b.best);
    groups.push(...groupsAmong(ranked, pictures, areApart, options));
  }
  return groups.sort((a, b) => b.duplicates[0]!.similarity - a.duplicates[0]!.similarity);
}

/** Contents among which there may be duplicates: those that are alike, by way of others too, and those of several pictures. */
async function candidateGroups(
  contents: readonly Content[],
  pictures: Matrix,
  options: DuplicatesOptions,
): Promise<Content[][]> {
  const copies = contents.filter(({ positions }) => positions.length > 1);
  if (options.band === "same") return copies.map((content) => [content]);
  const { signal, onProgress } = options;
  const firsts = contents.map(({ positions }) => positions[0]!);
  // A copy doubles what is held, and mostly no two are the same.
  const vectors = firsts.length === pictures.rows ? pictures : rowsAt(pictures, firsts);
  const progress = (done: number) => onProgress?.(done, contents.length);
  const alike = await nearGroups(vectors, { least: leastOf(options), signal, onProgress: progress });
  const inGroups = new Set(alike.flat().map((at) => contents[at]!));
  return [
    ...alike.map((group) => group.map((at) => contents[at]!)),
    ...copies.filter((content) => !inGroups.has(content)).map((content) => [content]),
  ];
}

/** The best content takes all that are alike to it; of those that are left the best again. */
function groupsAmong(
  ranked: readonly RankedContent[],
  pictures: StoredVectors,
  areApart: ToldApart,
  options: DuplicatesOptions,
): DuplicateGroup[] {
  const { vectors } = pictures;
  const least = leastOf(options);
  const groups: DuplicateGroup[] = [];
  for (let left = ranked; left.length > 0; ) {
    options.signal?.throwIfAborted();
    const [kept, ...others] = left as [RankedContent, ...RankedContent[]];
    const own = row(vectors, kept.best);
    const copies = kept.content.positions.filter((at) => at !== kept.best);
    const found: (readonly [position: number, similarity: number])[] = copies.map((at) => [at, 1]);
    const rest: RankedContent[] = [];
    for (const other of others) {
      const similarity = dot(own, row(vectors, other.best));
      const isAlike = similarity >= least && !areApart(kept.content.id, other.content.id);
      if (isAlike) found.push(...other.content.positions.map((at) => [at, similarity] as const));
      else rest.push(other);
    }
    if (found.length > 0) groups.push(groupOf(pictures, kept.best, found, options));
    left = rest;
  }
  return groups;
}

function leastOf({ band = "near", near = NEAR, similar = SIMILAR }: DuplicatesOptions): number {
  return band === "near" ? near : similar;
}

/**
 * Remembers that pictures are no duplicates of each other. It holds for what they show, wherever their files lie.
 *
 * @param paths of two pictures or more
 * @throws NearlabelError `INPUT_EMPTY` for paths that are not in the table
 */
export async function notDuplicates(table: ImageTable, paths: readonly string[]): Promise<void> {
  checkPart("table", table);
  const { columns } = await table.table.read({ columns: ["path", "id"] });
  const ids = new Map(columns.path!.map((path, at) => [path, columns.id![at] as string]));
  const missing = paths.filter((path) => !ids.has(path));
  if (missing.length > 0) {
    throw new NearlabelError("INPUT_EMPTY", `${table.place}: no picture ${JSON.stringify(missing[0])}.`);
  }
  await keepApart(table, [...new Set(paths.map((path) => ids.get(path)!))]);
}

/** Pictures that are the same byte for byte: as one, as thousands of them would make millions of pairs. */
interface Content {
  readonly id: string;
  /** Of its pictures. */
  readonly positions: readonly number[];
}

function contentsOf({ columns }: StoredVectors): Content[] {
  const positions = new Map<string, number[]>();
  for (const [at, id] of (columns.id as readonly string[]).entries()) {
    const same = positions.get(id);
    if (same) same.push(at);
    else positions.set(id, [at]);
  }
  return [...positions].map(([id, same]) => ({ id, positions: same }));
}

/** A content with the picture of it that is kept rather than its copies. */
interface RankedContent {
  readonly content: Content;
  readonly best: number;
  readonly merit: readonly number[];
}

function bestOf(
  pictures: StoredVectors,
  positions: readonly number[],
  keep: KeepRule,
  sharpness: number,
): Omit<RankedContent, "content"> {
  const merits = positions.map((at) => meritOf(candidateAt(pictures, at), keep, sharpness));
  const best = merits.reduce(
    (first, merit, at) => (compareMerits(merit, merits[first]!) < 0 ? at : first),
    0,
  );
  return { best: positions[best]!, merit: merits[best]! };
}

/** Of the first of some pictures with the same contents that is there; 0 where none is. */
async function sharpnessAmong(
  pictures: StoredVectors,
  positions: readonly number[],
  stored: TablePictures,
): Promise<number> {
  const wanted = positions.map((at) => pictureAt(pictures, at));
  for await (const { image } of stored.read(wanted)) if (image) return sharpnessOf(image);
  return 0;
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
