import { isDeepStrictEqual } from "node:util";
import { rowRange } from "../../math/matrix.js";
import type { ClassEmbeddings } from "../../scoring/scores.js";
import type { KeptLabels, Labelling, LabellingRecipe } from "./labelling.js";
import { type TopLabels, topRows } from "./top-labels.js";

/** Labels from which on reading what was kept is faster than comparing with all of them again. */
const MANY_LABELS = 256;

/** What an earlier labelling with fewer labels said, so that pictures need to be compared with the new labels alone. */
export interface EarlierLabels {
  /** The labels that came since. */
  readonly more: ClassEmbeddings;
  /** What was kept of some pictures; undefined where one of them was not labelled then, or has changed since. */
  of(paths: readonly string[], checksums: readonly string[]): TopLabels | undefined;
}

/**
 * What can be used of the labelling before: where the label set only grew. Undefined where comparing again is needed, or as fast.
 */
export async function earlierLabels(
  labelling: Labelling,
  recipe: LabellingRecipe,
  classes: ClassEmbeddings,
): Promise<EarlierLabels | undefined> {
  const before = labelling.recipe;
  const known = before?.labels.length ?? 0;
  if (!before || known < MANY_LABELS || known >= recipe.labels.length) return undefined;
  const grew =
    isDeepStrictEqual(before.labels, recipe.labels.slice(0, known)) &&
    isDeepStrictEqual(before.scoring, recipe.scoring);
  if (!grew) return undefined;
  const { labels, embeddings, scoring } = classes;
  const more = {
    labels: labels.slice(known),
    embeddings: rowRange(embeddings, known, labels.length),
    scoring,
  };
  return { more, of: finder(await labelling.read()) };
}

function finder({ paths, checksums, top }: KeptLabels): EarlierLabels["of"] {
  const rows = new Map(paths.map((path, row) => [path, row]));
  return (wanted, sums) => {
    const found = wanted.map((path, at) => {
      const row = rows.get(path);
      return row !== undefined && checksums[row] === sums[at] ? row : -1;
    });
    return found.includes(-1) ? undefined : topRows(top, found);
  };
}
