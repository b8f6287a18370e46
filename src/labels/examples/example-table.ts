import { NearlabelError } from "../../errors.js";
import { type Matrix, matrixOf } from "../../math/matrix.js";
import { createTable, dropTable, openTable } from "../../store/database.js";
import type { TableShape } from "../../store/rows.js";
import type { VectorTable } from "../../store/vector-table.js";
import { expectSameModel, type IndexModelInfo } from "../index/index-info.js";
import type { LabelIndex } from "../index/label-index.js";

/** The table of examples, beside that of the labels. `docs/labels.md` describes it for readers in other languages. */
const EXAMPLE_TABLE: TableShape = {
  name: "examples",
  key: "id",
  columns: { id: { type: "string" }, label: { type: "string" } },
};

/** The key of the table's metadata (which model) and of its annotation (the weight); values are JSON objects. */
const KEY = "nearlabel";

/** A picture that an index knows the label of. */
export interface StoredExample {
  /** SHA-256 of the picture's contents. */
  readonly id: string;
  readonly label: string;
}

/** All examples of an index. */
export interface StoredExamples {
  readonly examples: readonly StoredExample[];
  /** Unit-length image embeddings in the same order. */
  readonly embeddings: Matrix;
  /** How much the class means count; undefined where writing was cut short before it was chosen. */
  readonly weight: number | undefined;
}

/**
 * The examples of an index; none where there is no table of them.
 *
 * @throws NearlabelError `INDEX_INVALID`; `INDEX_MODEL_MISMATCH` where another model embedded them.
 */
export async function readExamples(index: LabelIndex): Promise<StoredExamples> {
  const table = await openExamples(index);
  if (!table) return { examples: [], embeddings: matrixOf([], index.info.dimension), weight: undefined };
  try {
    const { columns, vectors } = await table.read();
    const { annotations } = await table.description();
    const ids = columns.id as readonly string[];
    const order = ids.map((_, at) => at).sort((a, b) => (ids[a]! < ids[b]! ? -1 : 1));
    return {
      examples: order.map((at) => ({ id: ids[at]!, label: columns.label![at] as string })),
      embeddings: matrixOf(
        order.map((at) => vectors.data.subarray(at * vectors.columns, (at + 1) * vectors.columns)),
        vectors.columns,
      ),
      weight: JSON.parse(annotations.get(KEY) ?? "{}").weight,
    };
  } finally {
    table.close();
  }
}

/**
 * Adds examples in one commit; one that is there already takes the new label.
 *
 * @throws NearlabelError `VECTOR_INVALID`, `WRITE_FAILED`, `INDEX_MODEL_MISMATCH`.
 */
export async function writeExamples(
  index: LabelIndex,
  examples: readonly StoredExample[],
  vectors: Matrix,
): Promise<void> {
  const columns = { id: examples.map(({ id }) => id), label: examples.map(({ label }) => label) };
  const rows = { columns, vectors };
  let table = await openExamples(index);
  try {
    if (table) await table.merge(rows);
    else {
      const { model, fingerprint } = index.info;
      const metadata = new Map([[KEY, JSON.stringify({ format: 1, model, fingerprint })]]);
      table = await createTable(index.path, EXAMPLE_TABLE, { rows, metadata, overwrite: false });
    }
  } finally {
    table?.close();
  }
}

/** Stores how much class means count. There must be examples. */
export async function writeWeight(index: LabelIndex, weight: number): Promise<void> {
  const table = await openExamples(index);
  try {
    await table?.annotate(KEY, JSON.stringify({ weight }));
  } finally {
    table?.close();
  }
}

/** Takes all examples away, for good; the labels are then again what their words say. */
export async function removeExamples(index: LabelIndex): Promise<void> {
  await dropTable(index.path, EXAMPLE_TABLE);
  await index.dropFitted();
}

/** Whether the index has a table of examples. Nothing of it is read. */
export async function hasExamples(index: LabelIndex): Promise<boolean> {
  const table = await openExamples(index);
  table?.close();
  return table !== undefined;
}

async function openExamples({ path, info }: LabelIndex): Promise<VectorTable | undefined> {
  const table = await openTable(path, EXAMPLE_TABLE).catch((error: unknown) => {
    if (error instanceof NearlabelError && error.code === "INDEX_NOT_FOUND") return undefined;
    throw error;
  });
  if (!table) return undefined;
  try {
    const { metadata } = await table.description();
    const model: IndexModelInfo = JSON.parse(metadata.get(KEY) ?? "{}");
    expectSameModel(`${path}: its examples (nearlabel labels remove-examples takes them away)`, model, info);
    return table;
  } catch (error) {
    table.close();
    throw error;
  }
}
