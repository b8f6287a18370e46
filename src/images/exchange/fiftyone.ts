import { extname, isAbsolute } from "node:path";
import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";
import { rounded } from "./label-studio.js";
import { writeTextFile } from "./text-file.js";

/**
 * `labels.json` of FiftyOne's `FiftyOneImageClassificationDataset`, with confidences, by the whole paths of the pictures, which stay where
 * they are; from a folder on, names are without their endings, as FiftyOne has them. Give it to `fiftyone.Dataset.from_dir` as
 * `labels_path`.
 */
export async function exportFiftyOne(
  table: ImageTable,
  path: string,
  settings: ExportSettings,
): Promise<void> {
  await writeTextFile(path, document(table, settings));
}

const BEGIN = '{"labels":{\n';

async function* document(table: ImageTable, settings: ExportSettings): AsyncGenerator<string> {
  let separator = BEGIN;
  for await (const { file, labels, score } of exportedRows(table, settings)) {
    const target = labels[0] === undefined ? null : targetOf(labels[0], score);
    yield `${separator}${JSON.stringify(nameIn(file))}:${JSON.stringify(target)}`;
    separator = ",\n";
  }
  yield separator === BEGIN ? `${BEGIN}}}\n` : "\n}}\n";
}

function nameIn(file: string): string {
  return isAbsolute(file) ? file : file.slice(0, file.length - extname(file).length);
}

function targetOf(label: string, score: number | undefined): object | string {
  return score === undefined ? label : { label, confidence: rounded(score), attributes: {} };
}
