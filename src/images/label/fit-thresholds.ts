import { checkPart, requireOptions } from "../../arguments.js";
import type { LoadedClasses } from "../../classify/classes.js";
import { NearlabelError } from "../../errors.js";
import { labelMatcher } from "../../labels/set/match.js";
import { sqlAll } from "../../store/filter.js";
import type { ImageTable } from "../table/image-table.js";
import { scoredBatches } from "./scored-batches.js";
import { openTableClasses, TABLE_CLASSES_OPTIONS, type TableClassesOptions } from "./table-classes.js";
import { scoreAt } from "./top-labels.js";

export interface FitThresholdsOptions extends TableClassesOptions {
  /** The column with the labels that pictures are known to show: one each, or a list. Default `given_label`. */
  readonly column?: string | undefined;
  /** An SQL condition that pictures have to meet. Default: all. */
  readonly where?: string | undefined;
}

/** From which score on a label is given. */
export interface FittedThreshold {
  readonly threshold: number;
  /** Pictures that are known to show it. */
  readonly examples: number;
  /** Of these pictures, at this threshold; for new ones it is lower. */
  readonly f1: number;
  /** Whether the label has too few examples of its own, so that the threshold is that of all labels together. */
  readonly shared: boolean;
}

export interface FittedThresholds {
  readonly labels: ReadonlyMap<string, FittedThreshold>;
  /** Pictures that thresholds were fitted on. */
  readonly pictures: number;
  /** Least scores by label, as `minScore` takes them. */
  readonly minScore: ReadonlyMap<string, number>;
}

/** With fewer, the threshold of a label would be that of a few pictures. */
const LEAST_EXAMPLES = 5;
/** Scores that are held at most: 64 MB. */
const SCORES = 2 ** 23;

const OPTIONS = [...TABLE_CLASSES_OPTIONS, "column", "where"] as (keyof FitThresholdsOptions)[];

/**
 * For each label the score from which on a picture has it, with `multiLabel`: the one with the largest F1 over pictures whose labels
 * are known (Lipton et al. 2014, "Optimal thresholding of classifiers to maximize F1 measure"). A label with fewer than 5 examples gets the one that
 * is best for all labels together.
 *
 * @throws NearlabelError `INPUT_EMPTY` where no picture is known to show a label; and as `classifyTable`
 */
export async function fitThresholds(
  table: ImageTable,
  options: FitThresholdsOptions,
): Promise<FittedThresholds> {
  requireOptions(options, OPTIONS, "fitThresholds");
  checkPart("table", table);
  const { column = "given_label", where, signal } = options;
  const opened = await openTableClasses(table, options);
  try {
    const condition = sqlAll(where, `${column} IS NOT NULL`);
    const found = await knownScores(table, opened, column, { where: condition, signal });
    if (found.pictures > 0) return { ...fitted(found), pictures: found.pictures };
    throw new NearlabelError(
      "INPUT_EMPTY",
      `${table.place}: no picture whose ${column} is one of the labels. Thresholds are fitted on pictures whose labels are known.`,
    );
  } finally {
    await opened.close();
  }
}

/** Scores of pictures whose labels are known, by label. */
interface KnownScores {
  readonly pictures: number;
  readonly byLabel: ReadonlyMap<string, LabelScores>;
}

/** The scores of one label, and whether each picture shows it. */
interface LabelScores {
  readonly scores: number[];
  readonly shown: boolean[];
}

async function knownScores(
  table: ImageTable,
  { classes }: LoadedClasses,
  column: string,
  { where, signal }: { readonly where: string; readonly signal: AbortSignal | undefined },
): Promise<KnownScores> {
  const { labels, scoring } = classes;
  const names = labels.map(({ label }) => label);
  const match = labelMatcher(names);
  const byLabel = names.map((): LabelScores => ({ scores: [], shown: [] }));
  const limit = Math.max(1, Math.floor(SCORES / labels.length));
  const read = { columns: [column], where, limit, kept: labels.length, signal };
  let pictures = 0;
  for await (const { columns, top } of scoredBatches(table, { classes }, read)) {
    for (const [row, cell] of columns[column]!.entries()) {
      const known = new Set([cell as string | readonly string[]].flat().map(match));
      if (!names.some((name) => known.has(name))) continue;
      pictures++;
      for (let at = row * top.kept; at < (row + 1) * top.kept; at++) {
        const position = top.positions[at]!;
        byLabel[position]!.scores.push(scoreAt(top, at, scoring, true));
        byLabel[position]!.shown.push(known.has(names[position]));
      }
    }
  }
  return { pictures, byLabel: new Map(names.map((name, position) => [name, byLabel[position]!])) };
}

function fitted({ byLabel }: KnownScores): Omit<FittedThresholds, "pictures"> {
  const all = [...byLabel.values()];
  const shared = bestThreshold({
    scores: all.flatMap(({ scores }) => scores),
    shown: all.flatMap(({ shown }) => shown),
  });
  const labels = new Map<string, FittedThreshold>();
  for (const [label, known] of byLabel) {
    const examples = known.shown.filter(Boolean).length;
    const isShared = examples < LEAST_EXAMPLES;
    const { threshold, f1 } = isShared
      ? { ...shared, f1: f1At(known, shared.threshold) }
      : bestThreshold(known);
    labels.set(label, { threshold, examples, f1, shared: isShared });
  }
  const minScore = new Map([...labels].map(([label, { threshold }]) => [label, threshold]));
  return { labels, minScore };
}

/** The threshold with the largest F1; of equal ones the highest. Between two scores, as new pictures do not score just as these. */
function bestThreshold({ scores, shown }: LabelScores): { threshold: number; f1: number } {
  const order = scores.map((_, at) => at).sort((a, b) => scores[b]! - scores[a]!);
  const positives = shown.filter(Boolean).length;
  let [hits, best, at] = [0, 0, 0];
  for (const [place, index] of order.entries()) {
    if (shown[index]) hits++;
    // Equal scores are on the same side.
    if (scores[index] === scores[order[place + 1] ?? -1]) continue;
    const f1 = (2 * hits) / (place + 1 + positives);
    if (f1 > best) [best, at] = [f1, place];
  }
  const lowest = scores[order[at]!]!;
  const next = scores[order[at + 1] ?? -1] ?? lowest;
  return { threshold: (lowest + next) / 2, f1: best };
}

function f1At({ scores, shown }: LabelScores, threshold: number): number {
  const positives = shown.filter(Boolean).length;
  const given = scores.filter((score) => score >= threshold).length;
  const hits = scores.filter((score, at) => score >= threshold && shown[at]).length;
  return positives + given === 0 ? 0 : (2 * hits) / (given + positives);
}
