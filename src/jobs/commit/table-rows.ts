import { asStored, checksumsOf } from "../../images/table/checksum.js";
import type { ImageFailure } from "../../images/table/failures.js";
import { embedderOf, STORED_EMBEDDER } from "../../images/table/table-info.js";
import type { Matrix } from "../../math/matrix.js";
import type { Cell, Rows } from "../../store/rows.js";
import type { Precision } from "../../store/shape.js";
import type { Plan } from "../plan/plan.js";
import type { ShardRow } from "../shard/shard-row.js";

/** A picture that is embedded. */
type Embedded = ShardRow & { readonly id: string; readonly vector: Float32Array };

const SAME_NAMES = [
  "path",
  "id",
  "width",
  "height",
  "bytes",
  "modified",
  "taken",
  "camera",
  "latitude",
  "longitude",
  "given_label",
  "label",
  "score",
] as const satisfies readonly (keyof ShardRow)[];

/** What of some shards goes into a table. */
export interface Batch {
  readonly rows: Rows;
  readonly failures: readonly ImageFailure[];
  /** Pictures that came more than once, of which the last one counts. */
  readonly repeated: number;
}

/** The rows of some shards as a table has them. A picture that a data set names twice is one row. */
export function batchOf(shardRows: readonly ShardRow[], plan: Plan, precision: Precision): Batch {
  const byPath = new Map(shardRows.map((row) => [row.path, row]));
  const last = [...byPath.values()];
  const embedded = last.filter((row): row is Embedded => row.vector !== null);
  const vectors = matrixOfRows(embedded, plan.model.dimension);
  const embedder = embedderOf(plan.model);
  const columns: Record<string, readonly Cell[]> = {};
  for (const name of SAME_NAMES) columns[name] = embedded.map((row) => row[name]);
  return {
    rows: {
      columns: {
        ...columns,
        embedder: embedded.map(({ width, bytes }) =>
          width === null && bytes === null ? STORED_EMBEDDER : embedder,
        ),
        checksum: checksumsOf(asStored(vectors, precision)),
      },
      vectors,
    },
    failures: last.filter(({ vector }) => vector === null).map(failureOf),
    repeated: shardRows.length - last.length,
  };
}

function failureOf({ path, error_code, error_message, bytes, modified }: ShardRow): ImageFailure {
  return { path, code: error_code!, message: error_message!, bytes, modified, tried: new Date() };
}

function matrixOfRows(rows: readonly Embedded[], columns: number): Matrix {
  const data = new Float32Array(rows.length * columns);
  for (const [at, { vector }] of rows.entries()) data.set(vector, at * columns);
  return { data, rows: rows.length, columns };
}
