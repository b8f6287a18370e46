import { loadModel } from "../src/encoder/load.js";
import { checksumsOf } from "../src/images/table/checksum.js";
import type { ImageTable } from "../src/images/table/image-table.js";
import { createImageTable } from "../src/images/table/open.js";
import { type Matrix, row } from "../src/math/matrix.js";
import { randomGenerator } from "../src/math/random.js";
import { normalise } from "../src/math/vector.js";
import type { Cell } from "../src/store/rows.js";

/** Unit vectors, the same for the same seed. */
export function randomUnits(rows: number, columns: number, seed: number): Matrix {
  const generator = randomGenerator(seed);
  const data = Float32Array.from({ length: rows * columns }, () => generator.next());
  const matrix = { data, rows, columns };
  for (let r = 0; r < rows; r++) data.set(normalise(row(matrix, r)), r * columns);
  return matrix;
}

/** Puts pictures that are nothing but their embeddings into a table; ids and other columns may be given. */
export async function addImages(
  table: ImageTable,
  vectors: Matrix,
  columns: Readonly<Record<string, readonly Cell[]>> = {},
): Promise<string[]> {
  const path = Array.from({ length: vectors.rows }, (_, at) => `/photos/${String(at).padStart(6, "0")}.jpg`);
  const id = path.map(
    (name, at) => (columns.id?.[at] as string) ?? name.replace(/\D/g, "").padStart(64, "0"),
  );
  const made = { embedder: path.map(() => "test"), checksum: checksumsOf(vectors) };
  await table.table.upsert({ columns: { path, id, ...made, ...columns }, vectors });
  return path;
}

/** A new table of the built-in model. */
export async function newTable(place: string, columns = {}): Promise<ImageTable> {
  await using model = await loadModel("mini");
  return createImageTable(place, { model, columns });
}
