import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";
import { jsonArray, writeTextFile } from "./text-file.js";

/**
 * Label Studio's tasks with predictions, for a labelling interface with `<Choices name="label" toName="image">`: its "Basic
 * Label Studio JSON format".
 */
export async function exportLabelStudio(
  table: ImageTable,
  path: string,
  settings: ExportSettings,
): Promise<void> {
  await writeTextFile(path, jsonArray(tasks(table, settings)));
}

async function* tasks(table: ImageTable, settings: ExportSettings): AsyncGenerator<object> {
  for await (const { image, file, labels, score } of exportedRows(table, settings)) {
    const choice = {
      from_name: "label",
      to_name: "image",
      type: "choices",
      value: { choices: labels },
    };
    const prediction = {
      model_version: image.labelSet ?? "given",
      ...(score !== undefined && { score: rounded(score) }),
      result: [choice],
    };
    yield { data: { image: file }, predictions: labels.length === 0 ? [] : [prediction] };
  }
}

/** A score as float32 holds it. */
export function rounded(score: number): number {
  return Number(score.toPrecision(7));
}
