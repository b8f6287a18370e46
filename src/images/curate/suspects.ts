import { checkOptions, checkPart } from "../../arguments.js";
import { NearlabelError, optionError } from "../../errors.js";
import { labelMatcher } from "../../labels/set/match.js";
import { rowsAt } from "../../math/matrix.js";
import { similarityBlocks } from "../../scoring/similarities.js";
import { sqlAll } from "../../store/filter.js";
import { openTableClasses, TABLE_CLASSES_OPTIONS, type TableClassesOptions } from "../label/table-classes.js";
import type { ImageTable } from "../table/image-table.js";
import { noPictures } from "../table/no-pictures.js";
import { type LabelDoubt, labelDoubts } from "./label-doubts.js";
import { nearGroups } from "./near-groups.js";
import { drawnPositions } from "./nearest-rows.js";
import { readVectors, type StoredVectors } from "./stored-vectors.js";

/**
 * `duplicates-differ`: two pictures that are alike were given different labels. `train-test`: two pictures that are alike stand in different splits.
 * `wrong-label`: the model prefers another label. `two-labels`: it prefers another, and finds the given one as well as in other pictures.
 */
export type SuspectKind = "duplicates-differ" | "train-test" | "wrong-label" | "two-labels";
export const SUSPECT_KINDS: readonly SuspectKind[] = [
  "duplicates-differ",
  "train-test",
  "wrong-label",
  "two-labels",
];

/** A picture whose label or split may be wrong. */
export interface Suspect {
  readonly path: string;
  readonly kind: SuspectKind;
  /** The label that it was given. */
  readonly given: string;
  /** How much speaks against it, 0 to 1: what the other label gets of the share that both get, or the cosine of the two pictures. */
  readonly doubt: number;
  /** The label that the model prefers, or that the other picture was given. */
  readonly suggested?: string;
  /** Whether the other label is as sure here as it is where it was given. */
  readonly confident?: boolean;
  /** The picture that is alike to it: of several, the one that is most so. */
  readonly other?: string;
}

export interface SuspectsOptions extends Partial<TableClassesOptions> {
  /** The column with the given labels. Default `given_label`. */
  readonly column?: string | undefined;
  /** A column that says which split a picture is in, such as `split`. Default: none. */
  readonly split?: string | undefined;
  /** Least doubt of a label, above 0.5: with more fewer are found, and more of them are wrong. Default 0.9. */
  readonly least?: number | undefined;
  /** Least cosine of pictures that are alike. Default 0.99. */
  readonly near?: number | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
}

/** What was found, and how many pictures were looked at. */
export interface Suspects {
  /** Most doubtful first; a picture may be there once for each kind. */
  readonly suspects: readonly Suspect[];
  readonly pictures: number;
  /** Pictures without a given label, or with one that is not among the labels. */
  readonly leftOut: number;
}

const NEAR = 0.99;
/** Where of CIFAR-100's swapped labels nearly all are found, and one of two pictures is right (bench/images). */
export const LEAST_DOUBT = 0.9;
const OPTIONS = [
  ...TABLE_CLASSES_OPTIONS,
  ...["column", "split", "least", "near", "where"],
] as (keyof SuspectsOptions)[];

/**
 * Finds pictures whose given label the model doubts, and pictures that are alike but were labelled or split otherwise. Labels are those
 * that were given, unless others are named.
 *
 * @throws NearlabelError `INPUT_EMPTY` where no picture has a given label; `OPTION_INVALID`; and as `classifyTable`
 */
export async function findSuspects(table: ImageTable, options: SuspectsOptions = {}): Promise<Suspects> {
  checkOptions(options, OPTIONS, "findSuspects");
  checkPart("table", table);
  const {
    column = "given_label",
    split,
    near = NEAR,
    least = LEAST_DOUBT,
    where,
    signal,
    ...classes
  } = options;
  if (!(least > 0.5 && least <= 1)) throw optionError("least", "a number above 0.5, at most 1", least);
  expectColumns(table, [column, ...(split === undefined ? [] : [split])]);
  const known = sqlAll(where, `${column} IS NOT NULL`);
  const all = await table.count(where);
  if (all === 0) throw noPictures(table.place, where);
  if ((await table.count(known)) === 0) throw noGivenLabels(table, column);
  const pictures = await readVectors(table, ["id", column, ...(split === undefined ? [] : [split])], known);
  const given = pictures.columns[column] as readonly string[];
  const doubted = await doubtedLabels(table, pictures, given, least, { ...classes, signal });
  const alike = await alikeSuspects(pictures, given, split, { least: near, signal });
  const order = (kind: SuspectKind) => SUSPECT_KINDS.indexOf(kind);
  const suspects = [...alike, ...doubted.suspects].sort(
    (a, b) => b.doubt - a.doubt || order(a.kind) - order(b.kind) || (a.path < b.path ? -1 : 1),
  );
  return { suspects, pictures: doubted.pictures, leftOut: all - doubted.pictures };
}

async function doubtedLabels(
  table: ImageTable,
  { paths, vectors }: StoredVectors,
  given: readonly string[],
  least: number,
  options: Partial<TableClassesOptions>,
): Promise<{ suspects: Suspect[]; pictures: number }> {
  const { labels, index, labelSet } = options;
  const named = labels ?? index ?? labelSet;
  const source = named === undefined ? { ...options, labels: [...new Set(given)].sort() } : options;
  const opened = await openTableClasses(table, source);
  try {
    const names = opened.classes.labels.map(({ label }) => label);
    const places = new Map(names.map((name, position) => [name, position]));
    const match = labelMatcher(names);
    const known = given.flatMap((label, at) => (match(label) === undefined ? [] : [at]));
    if (known.length === 0) throw noKnownLabels(table);
    const positions = known.map((at) => places.get(match(given[at]!)!)!);
    const images = known.length === vectors.rows ? vectors : rowsAt(vectors, known);
    const doubts = await labelDoubts(images, positions, opened.classes, options.signal);
    const suspects = doubts.flatMap((doubt, row) =>
      doubt.doubt < least ? [] : doubtSuspects(doubt, paths[known[row]!]!, names[positions[row]!]!, names),
    );
    return { suspects, pictures: known.length };
  } finally {
    await opened.close();
  }
}

function doubtSuspects(
  { other, doubt, givenIsConfident, otherIsConfident }: LabelDoubt,
  path: string,
  given: string,
  names: readonly string[],
): Suspect[] {
  const kind = givenIsConfident ? "two-labels" : "wrong-label";
  return [{ path, kind, given, doubt, suggested: names[other]!, confident: otherIsConfident }];
}

/** Pictures of a group that each is compared with at most: drawn at random where there are more. */
const COMPARED = 2000;

/**
 * Of pictures that are alike, those with another value of a column: each picture with the one that is most alike to it.
 *
 * @param groups positions of pictures among which those are that are alike
 */
async function differing(
  { vectors }: StoredVectors,
  groups: readonly (readonly number[])[],
  values: readonly unknown[],
  { least, signal }: { readonly least: number; readonly signal: AbortSignal | undefined },
): Promise<{ position: number; other: number; similarity: number }[]> {
  const found: { position: number; other: number; similarity: number }[] = [];
  for (const group of groups) {
    if (new Set(group.map((at) => values[at])).size < 2) continue;
    const others = drawnPositions(group.length, COMPARED, 1).map((at) => group[at]!);
    const ofGroup = rowsAt(vectors, group);
    for await (const { first, rows, similarities } of similarityBlocks(ofGroup, rowsAt(vectors, others))) {
      signal?.throwIfAborted();
      for (let at = first; at < first + rows; at++) {
        const position = group[at]!;
        const all = similarities.subarray((at - first) * others.length, (at - first + 1) * others.length);
        const nearest = nearestOther(all, (other) => {
          const value = values[others[other]!];
          return value !== null && values[position] !== null && value !== values[position];
        });
        if (nearest === undefined || all[nearest]! < least) continue;
        // Rounding takes the cosine of two equal vectors above 1.
        found.push({ position, other: others[nearest]!, similarity: Math.min(1, all[nearest]!) });
      }
    }
  }
  return found;
}

function nearestOther(similarities: Float64Array, isOther: (at: number) => boolean): number | undefined {
  let nearest: number | undefined;
  for (let at = 0; at < similarities.length; at++) {
    if ((nearest === undefined || similarities[at]! > similarities[nearest]!) && isOther(at)) nearest = at;
  }
  return nearest;
}

/** Pictures that are alike and were given other labels, or stand in other splits. */
async function alikeSuspects(
  pictures: StoredVectors,
  given: readonly string[],
  split: string | undefined,
  options: { readonly least: number; readonly signal: AbortSignal | undefined },
): Promise<Suspect[]> {
  const { paths, columns, vectors } = pictures;
  const groups = await nearGroups(vectors, options);
  const labels = await differing(pictures, groups, given, options);
  const splits = split === undefined ? [] : await differing(pictures, groups, columns[split]!, options);
  const suspectOf = (kind: SuspectKind, { position, other, similarity }: (typeof labels)[number]) => ({
    path: paths[position]!,
    kind,
    given: given[position]!,
    doubt: similarity,
    ...(kind === "duplicates-differ" && { suggested: given[other]! }),
    other: paths[other]!,
  });
  return [
    ...labels.map((each) => suspectOf("duplicates-differ", each)),
    ...splits.map((each) => suspectOf("train-test", each)),
  ];
}

function expectColumns({ info, place }: ImageTable, names: readonly string[]): void {
  const missing = names.find((name) => name !== "given_label" && name !== "label" && !info.columns[name]);
  if (missing === undefined) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `${place}: no column ${JSON.stringify(missing)}. Users' own columns are: ${Object.keys(info.columns).join(", ") || "none"}.`,
  );
}

function noGivenLabels({ place }: ImageTable, column: string): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `${place}: no picture has a label in the column ${column}, so there is none to doubt. Labels come from class folders, manifests and data sets at ingest; users' own columns can be named too.`,
  );
}

function noKnownLabels({ place }: ImageTable): NearlabelError {
  return new NearlabelError(
    "INPUT_EMPTY",
    `${place}: no picture was given one of the labels. Labels come from folders, manifests and data sets at ingest.`,
  );
}
