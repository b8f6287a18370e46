import type { LoadedClasses } from "../../classify/classes.js";
import type { Unknown } from "../../classify/reject/rejector.js";
import { row } from "../../math/matrix.js";
import type { Cell } from "../../store/rows.js";
import { VECTOR } from "../../store/shape.js";
import type { ImageTable } from "../table/image-table.js";
import type { EarlierLabels } from "./earlier-labels.js";
import { type TopLabels, topLabels, withMoreLabels } from "./top-labels.js";

/** Some rows of a table with the labels nearest to them. */
export interface ScoredBatch {
  readonly columns: Readonly<Record<string, readonly Cell[]>>;
  readonly top: TopLabels;
  /** For rows that show none of the labels, as far as was asked for: why. */
  readonly unknown: readonly (Unknown | undefined)[] | undefined;
}

/** Which rows are scored, and what is read of them beside their vectors. */
export interface ScoredBatchesOptions {
  readonly columns: readonly string[];
  readonly where?: string | undefined;
  readonly limit?: number | undefined;
  /** Labels kept of each row. */
  readonly kept: number;
  readonly signal?: AbortSignal | undefined;
  /** What is known already; used where `columns` have `path` and `checksum`, and unknown pictures are not asked for. */
  readonly earlier?: EarlierLabels | undefined;
}

/** Scores the rows of a table as they lie, some thousand at a time: the next are read while some are compared. */
export async function* scoredBatches(
  { table }: ImageTable,
  { classes, rejector }: LoadedClasses,
  { columns: names, where, limit, kept, signal, earlier }: ScoredBatchesOptions,
): AsyncGenerator<ScoredBatch> {
  for await (const { columns, vectors } of ahead(table.scan({ columns: [...names, VECTOR], where, limit }))) {
    signal?.throwIfAborted();
    const images = vectors!;
    const before = rejector
      ? undefined
      : earlier?.of(columns.path as readonly string[], columns.checksum as readonly string[]);
    if (before) {
      const more = await topLabels(images, earlier!.more, kept);
      yield { columns, top: withMoreLabels(before, more, kept, classes.scoring), unknown: undefined };
      continue;
    }
    const unknown = rejector && new Array<Unknown | undefined>(images.rows);
    const top = await topLabels(images, classes, kept, (index, similarities) => {
      if (rejector) unknown![index] = rejector(row(images, index), similarities);
    });
    yield { columns, top, unknown };
  }
}

/** Asks for the next item before the last one is used. */
async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done) return;
      next = items.next();
      // What fails while nobody waits for it is thrown where it is waited for.
      next.catch(() => {});
      yield value;
    }
  } finally {
    await items.return(undefined);
  }
}
