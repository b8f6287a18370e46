import { checkPart, requireOptions } from "../../arguments.js";
import type { Answer } from "../../classify/classes.js";
import { checkPredictOptions } from "../../scoring/predict-input.js";
import { isCalibrated, type PredictOptions } from "../../scoring/scores.js";
import type { ImageTable } from "../table/image-table.js";
import { scoredBatches } from "./scored-batches.js";
import { openTableClasses, TABLE_CLASSES_OPTIONS, type TableClassesOptions } from "./table-classes.js";
import { predictionsAt } from "./top-labels.js";

export interface ClassifyTableOptions extends TableClassesOptions, PredictOptions {
  /** An SQL condition that pictures have to meet, such as `width > 1000`. Default: all. */
  readonly where?: string | undefined;
  /** Pictures at most. Default: all. */
  readonly limit?: number | undefined;
  /** Called with the number of pictures done so far, and how many there are. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** What is said of one picture of a table. */
export interface TableClassification extends Answer {
  /** The picture's `path`. */
  readonly id: string;
}

const OPTIONS = [
  ...TABLE_CLASSES_OPTIONS,
  ...["topK", "minScore", "minSimilarity", "multiLabel", "where", "limit", "onProgress"],
] as (keyof ClassifyTableOptions)[];

/**
 * Classifies the pictures of a table by their stored embeddings, in no particular order: no picture is opened. What is said of
 * each is what `classify` says, to 1e-15 of the similarities.
 *
 * @throws NearlabelError `TABLE_MODEL_MISMATCH`, `TABLE_FILTER_INVALID`, `OPTION_INVALID`, `INDEX_NOT_FOUND`; and as `labelSet`
 */
export async function* classifyTable(
  table: ImageTable,
  options: ClassifyTableOptions,
): AsyncGenerator<TableClassification> {
  requireOptions(options, OPTIONS, "classifyTable");
  checkPart("table", table);
  checkPredictOptions(options);
  const { topK = 5, where, limit, signal, onProgress } = options;
  const opened = await openTableClasses(table, options);
  try {
    const { labels, scoring } = opened.classes;
    const calibrated = isCalibrated(scoring, options) && { calibrated: true as const };
    const counted = await table.count(where);
    const total = Math.min(counted, limit ?? counted);
    let done = 0;
    const read = { columns: ["path"], where, limit, kept: topK, signal };
    for await (const { columns, top, unknown } of scoredBatches(table, opened, read)) {
      for (let row = 0; row < top.rows; row++) {
        const id = columns.path![row] as string;
        const why = unknown?.[row];
        const predictions = predictionsAt(top, row, labels, scoring, options);
        yield { id, predictions, ...calibrated, ...(why && { unknown: why }) };
      }
      done += top.rows;
      onProgress?.(done, total);
    }
  } finally {
    await opened.close();
  }
}
