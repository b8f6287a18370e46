import { openEmbeddings } from "../../datasets/embeddings/stored-embeddings.js";
import { describeParquet, readParquet } from "../../datasets/parquet/parquet-file.js";
import { NearlabelError } from "../../errors.js";
import { parseJsonObject } from "../../files/json.js";
import { readLines } from "../../files/text.js";
import { VECTOR } from "../../store/shape.js";

/** A picture on its way in: cells by column, and its vector; or why there is none. */
export type ImportedRow =
  | {
      readonly cells: Readonly<Record<string, unknown>>;
      readonly vector: Float32Array;
      readonly error?: never;
    }
  | {
      readonly cells: Readonly<Record<string, unknown>>;
      readonly error: NearlabelError;
      readonly vector?: never;
    };

/** A clip-retrieval folder or `.npy` file: each row has the id of its metadata for a path, and its label as the given one. */
export async function* clipRetrievalRows(folder: string): AsyncGenerator<ImportedRow> {
  const stored = await openEmbeddings(folder);
  for await (const { id, label, embedding, error } of stored.rows()) {
    const cells = { path: typeof id === "number" ? `${folder}#${id}` : id, given_label: label };
    yield error ? { cells, error } : { cells, vector: embedding };
  }
}

/** A Parquet file with the columns `path` and `vector`; others come along. */
export async function* parquetRows(path: string): AsyncGenerator<ImportedRow> {
  const { columns, rows } = await describeParquet(path);
  const names = columns.map(({ name }) => name);
  for (const needed of ["path", VECTOR]) if (!names.includes(needed)) throw lacking(path, needed, names);
  let number = 0;
  for await (const values of readParquet(path, names, 0, rows)) {
    const cells = Object.fromEntries(names.map((name, at) => [name, values[at]]));
    yield rowOf(cells, `row ${number++} of ${path}`);
  }
}

/** One object a line, with `path` and `vector`; other fields come along. */
export async function* jsonLinesRows(path: string): AsyncGenerator<ImportedRow> {
  for await (const { text, line } of readLines(path, "DATASET_INVALID")) {
    if (text.trim() === "") continue;
    const row = parseJsonObject(text, `${path}, line ${line}`, "DATASET_INVALID");
    yield rowOf(row, `line ${line} of ${path}`);
  }
}

function rowOf({ [VECTOR]: vector, ...cells }: Record<string, unknown>, where: string): ImportedRow {
  const problem = (what: string) => ({
    cells,
    error: new NearlabelError("DATASET_INVALID", `${where}: ${what}`),
  });
  if (typeof cells.path !== "string" || cells.path === "") return problem("expected a path.");
  const numbers = ArrayBuffer.isView(vector) ? Array.from(vector as Float32Array) : vector;
  if (!Array.isArray(numbers) || !numbers.every((number) => typeof number === "number")) {
    return problem("expected a vector, an array of numbers.");
  }
  return { cells, vector: Float32Array.from(numbers) };
}

function lacking(path: string, needed: string, names: readonly string[]): NearlabelError {
  return new NearlabelError(
    "DATASET_INVALID",
    `${path}: expected a column ${needed}; there are ${names.join(", ")}.`,
  );
}
