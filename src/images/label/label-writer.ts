import type { LoadedClasses } from "../../classify/classes.js";
import type { PredictOptions } from "../../scoring/scores.js";
import type { Cell } from "../../store/rows.js";
import type { ImageTable } from "../table/image-table.js";
import type { Labelling, LabellingRecipe } from "./labelling.js";
import { labelSetText } from "./saved-label-set.js";
import type { ScoredBatch } from "./scored-batches.js";
import { joinedTops, predictionsAt, scoreAt, topRows } from "./top-labels.js";

/** Rows that are written in one commit; what is held of them takes some 200 MB. */
const COMMIT_ROWS = 500_000;

/** Writes labels to a table of pictures as they come, many rows in one commit. */
export interface LabelWriter {
  add(batch: ScoredBatch): Promise<void>;
  finish(): Promise<WrittenLabels>;
}

interface WrittenLabels {
  /** The label of each row that was written, in no particular order; `null` for unknown pictures. */
  readonly labels: readonly (string | null)[];
  /** Rows that were left out, as another program replaced or removed their pictures after they were read. */
  readonly changed: number;
}

/** How rows become labels. */
export interface LabelWriterOptions extends LoadedClasses {
  readonly recipe: LabellingRecipe;
  readonly options: PredictOptions;
}

/** What is written of one row. */
interface LabelledRow {
  readonly path: string;
  readonly checksum: string;
  readonly label: string | null;
  readonly score: number;
  readonly labels: readonly string[] | null;
}

export async function createLabelWriter(
  table: ImageTable,
  labelling: Labelling,
  { recipe, classes, options }: LabelWriterOptions,
): Promise<LabelWriter> {
  const mark = labelSetText(recipe.labelSet);
  // Lists take long to write, so the column is left alone where it is empty anyway.
  const writesLists = options.multiLabel || (await table.count("labels IS NOT NULL")) > 0;
  const written: (string | null)[] = [];
  let changed = 0;
  let version = await table.table.version();
  let waiting: ScoredBatch[] = [];
  const write = async () => {
    const all = waiting;
    waiting = [];
    const rows = all.flatMap((batch) => labelledRows(batch, { classes, options }));
    const top = joinedTops(all.map((batch) => batch.top));
    const isCurrent = await sameVectors(table, version, rows);
    const kept = rows.flatMap((row, at) => (isCurrent(row) ? [at] : []));
    changed += rows.length - kept.length;
    const current = kept.length === rows.length ? rows : kept.map((at) => rows[at]!);
    const labelled = {
      paths: current.map(({ path }) => path),
      checksums: current.map((row) => row.checksum),
    };
    await labelling.add(recipe, { ...labelled, top: topRows(top, kept) }, classes.labels);
    await table.table.update(cellsOf(current, mark, writesLists));
    version = await table.table.version();
    for (const { label } of current) written.push(label);
  };
  return {
    async add(batch) {
      waiting.push(batch);
      if (waiting.reduce((sum, { top }) => sum + top.rows, 0) >= COMMIT_ROWS) await write();
    },
    async finish() {
      if (waiting.length > 0) await write();
      return { labels: written, changed };
    },
  };
}

/** Without predictions for each row where only the best label counts. */
function labelledRows(
  { columns, top, unknown }: ScoredBatch,
  { classes: { labels, scoring }, options }: Pick<LabelWriterOptions, "classes" | "options">,
): LabelledRow[] {
  const { multiLabel, minScore, minSimilarity } = options;
  const takesBest = !multiLabel && !unknown && minScore === undefined && minSimilarity === undefined;
  if (takesBest) {
    return Array.from({ length: top.rows }, (_, row) => ({
      path: columns.path![row] as string,
      checksum: columns.checksum![row] as string,
      label: labels[top.positions[row * top.kept]!]!.label,
      score: scoreAt(top, row * top.kept, scoring),
      labels: null,
    }));
  }
  return Array.from({ length: top.rows }, (_, row) => {
    const predictions = predictionsAt(top, row, labels, scoring, { ...options, topK: top.kept });
    const known = unknown?.[row] === undefined;
    // The best score counts for unknown pictures too: it says how far from a label they are.
    const [best] = known ? predictions : predictionsAt(top, row, labels, scoring, { multiLabel, topK: 1 });
    return {
      path: columns.path![row] as string,
      checksum: columns.checksum![row] as string,
      label: known ? (best?.label ?? null) : null,
      score: best?.score ?? predictionsAt(top, row, labels, scoring, { multiLabel, topK: 1 })[0]!.score,
      labels: multiLabel ? (known ? predictions.map(({ label }) => label) : []) : null,
    };
  });
}

function cellsOf(rows: readonly LabelledRow[], mark: string, withLists: boolean): Record<string, Cell[]> {
  return {
    path: rows.map(({ path }) => path),
    label: rows.map(({ label }) => label),
    score: rows.map(({ score }) => score),
    label_set: rows.map(() => mark),
    ...(withLists && { labels: rows.map(({ labels }) => labels) }),
  };
}

/** Whether a row still has the vector that was compared; asked of the table only where somebody wrote to it since `version`. */
async function sameVectors(
  { table }: ImageTable,
  version: number,
  rows: readonly LabelledRow[],
): Promise<(row: LabelledRow) => boolean> {
  if (rows.length === 0 || (await table.version()) === version) return () => true;
  const { columns } = await table.read({ columns: ["path", "checksum"] });
  const current = new Map(columns.path!.map((path, at) => [path, columns.checksum![at]]));
  return ({ path, checksum }) => current.get(path) === checksum;
}
