import { checksumsOf } from "../../dist/images/table/checksum.js";
import { createImageTable } from "../../dist/images/table/open.js";
import { loadModel } from "../../dist/index.js";
import { rowRange } from "../../dist/math/matrix.js";
import { unitRows } from "../vectors.mjs";

/** Rows that are written at a time. */
const BATCH = 50_000;

/**
 * A table of pictures that are nothing but random unit vectors, the same each time.
 *
 * @param model a model's name, or an encoder of another dimension
 * @param fileOf columns of the file of a picture by its number; by default a path that is not there
 */
export async function imageTable(place, { rows, model, precision, index = false, fileOf = photoOf }) {
  const encoder = typeof model === "string" ? await loadModel(model) : model;
  const table = await createImageTable(place, { model: encoder, precision });
  const vectors = unitRows(rows, encoder.dimension, 1);
  for (let start = 0; start < rows; start += BATCH) {
    const part = rowRange(vectors, start, start + BATCH);
    const numbers = Array.from({ length: part.rows }, (_, at) => start + at);
    await table.table.upsert({
      columns: {
        ...columnsOf(numbers.map(fileOf)),
        id: numbers.map((number) => number.toString(16).padStart(64, "0")),
        embedder: numbers.map(() => "bench"),
        checksum: checksumsOf(part),
      },
      vectors: part,
    });
  }
  if (index) await table.table.createVectorIndex({ kind: "ivfRq" });
  await table.refresh();
  if (typeof model === "string") await encoder.close();
  return table;
}

function photoOf(number) {
  return { path: `/photos/2025/picture-${String(number).padStart(7, "0")}.jpg` };
}

function columnsOf(rows) {
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, rows.map((row) => row[name])]));
}
