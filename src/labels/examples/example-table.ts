import { checkPart } from "../../arguments.js";
import { type Matrix, matrixOf, row } from "../../math/matrix.js";
import { createTable, openTable } from "../../store/database.js";
import type { TableShape } from "../../store/shape.js";
import type { Table } from "../../store/table.js";
import { asIndexErrors } from "../index/index-errors.js";
import type { LabelIndex } from "../index/label-index.js";

/**
 * The table of examples, beside that of the labels. `docs/labels.md` describes it for readers in other languages. Which of
 * its versions counts stands in the table of labels: a write that is cut short changes nothing, and going back to a version
 * of the labels brings back the examples of then.
 */
const EXAMPLE_TABLE: TableShape = {
  name: "examples",
  key: "id",
  columns: { id: { type: "string" }, label: { type: "string" } },
  vectors: true,
};

/** The key of the table's metadata; its value is a JSON object. */
const KEY = "nearlabel";

/** A picture that an index knows the label of. */
export interface StoredExample {
  /** SHA-256 of the picture's contents. */
  readonly id: string;
  readonly label: string;
  /** Image embedding, unit length. */
  readonly embedding: Float32Array;
}

/**
 * The examples of an index in the order of their ids; none where it has none.
 *
 * @throws NearlabelError `INDEX_INVALID`
 */
export async function readExamples(index: LabelIndex): Promise<StoredExample[]> {
  return reading(index, async (table) => {
    const { columns, vectors = matrixOf([]) } = await table.read();
    const ids = (columns.id ?? []) as readonly string[];
    return ids
      .map((id, at) => ({ id, label: columns.label![at] as string, embedding: row(vectors, at) }))
      .sort((a, b) => (a.id < b.id ? -1 : 1));
  });
}

/**
 * The SHA-256 of the contents of each picture that an index has as an example: it should be neither measured nor fitted on
 * them.
 *
 * @throws NearlabelError `INDEX_INVALID`
 */
export async function exampleHashes(index: LabelIndex): Promise<ReadonlySet<string>> {
  checkPart("index", index);
  return new Set(await reading(index, (table) => table.keys()));
}

/**
 * Adds examples, all or none; one that is there already takes the new label. In the same commit the index gets the weight
 * and loses what was fitted for its class embeddings before.
 *
 * @param weight how much the means of all examples are to count, 0 to 1
 * @throws NearlabelError `VECTOR_INVALID`, `WRITE_FAILED`
 */
export async function writeExamples(
  index: LabelIndex,
  examples: readonly StoredExample[],
  weight: number,
): Promise<void> {
  await asIndexErrors(async () => {
    const columns = { id: examples.map(({ id }) => id), label: examples.map(({ label }) => label) };
    const rows = { columns, vectors: matrixOf(examples.map(({ embedding }) => embedding)) };
    const table = await tableWith(index, rows);
    try {
      const count = await table.count();
      await index.keepExamples({ count, weight, version: await table.version() });
    } finally {
      table.close();
    }
  });
}

/**
 * Takes all examples away, and with them what was fitted; the labels are then again what their words say. Going back to a
 * version before brings them back.
 *
 * @throws NearlabelError `WRITE_FAILED`
 */
export async function removeExamples(index: LabelIndex): Promise<void> {
  checkPart("index", index);
  if (index.info.examples) await index.keepExamples(undefined);
}

/** The table with `rows` beside the examples that count; those that a write left which was cut short are not among them. */
async function tableWith(
  { path, info }: LabelIndex,
  rows: { columns: Record<"id" | "label", string[]>; vectors: Matrix },
): Promise<Table> {
  const { examples, model, fingerprint } = info;
  if (!examples) {
    const metadata = new Map([[KEY, JSON.stringify({ format: 1, model, fingerprint })]]);
    return createTable(path, EXAMPLE_TABLE, { rows, metadata, overwrite: true });
  }
  const table = await openTable(path, EXAMPLE_TABLE);
  try {
    if ((await table.version()) !== examples.version) await table.restore(examples.version);
    await table.upsert(rows);
    return table;
  } catch (error) {
    table.close();
    throw error;
  }
}

/** What `read` gives for the version of the table that counts; nothing where there are no examples. */
async function reading<T>({ path, info }: LabelIndex, read: (table: Table) => Promise<T[]>): Promise<T[]> {
  const { examples } = info;
  if (!examples) return [];
  return asIndexErrors(async () => {
    const table = await openTable(path, EXAMPLE_TABLE, { version: examples.version });
    try {
      return await read(table);
    } finally {
      table.close();
    }
  });
}
