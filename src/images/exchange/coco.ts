import { packageVersion } from "../../files/package-files.js";
import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";
import { rounded } from "./label-studio.js";
import { writeTextFile } from "./text-file.js";

/**
 * COCO's JSON, with an annotation of the whole picture for each label. COCO itself knows no labels of pictures; programs that
 * read them from it take such annotations. Annotations stand after the pictures, so the table is read twice.
 */
export async function exportCoco(table: ImageTable, path: string, settings: ExportSettings): Promise<void> {
  await writeTextFile(path, document(table, settings));
}

async function* document(table: ImageTable, settings: ExportSettings): AsyncGenerator<string> {
  const numbers = new Map<string, number>();
  const categories = new Map<string, number>();
  yield `{"info":${JSON.stringify({ description: "nearlabel", version: packageVersion() })},\n"images":[`;
  for await (const { image, file, labels } of exportedRows(table, { ...settings, onProgress: undefined })) {
    for (const label of labels) if (!categories.has(label)) categories.set(label, categories.size + 1);
    const { width, height, taken } = image;
    const entry = {
      id: numbers.size + 1,
      file_name: file,
      width: width ?? 0,
      height: height ?? 0,
      ...(taken !== null && { date_captured: taken.toISOString() }),
    };
    yield `${numbers.size === 0 ? "" : ","}\n${JSON.stringify(entry)}`;
    numbers.set(image.path, entry.id);
  }
  yield '\n],\n"annotations":[';
  let annotation = 0;
  for await (const { image, labels, score } of exportedRows(table, settings)) {
    const number = numbers.get(image.path);
    // Pictures that came in between the two readings are left out, and their labels with them.
    if (number === undefined) continue;
    const [width, height] = [image.width ?? 0, image.height ?? 0];
    for (const [place, label] of labels.entries()) {
      const category = categories.get(label);
      if (category === undefined) continue;
      const whole = { bbox: [0, 0, width, height], area: width * height, iscrowd: 0 };
      const sure = place === 0 && score !== undefined ? { score: rounded(score) } : {};
      const entry = { id: ++annotation, image_id: number, category_id: category, ...whole, ...sure };
      yield `${annotation === 1 ? "" : ","}\n${JSON.stringify(entry)}`;
    }
  }
  const list = [...categories].map(([name, id]) => JSON.stringify({ id, name, supercategory: "label" }));
  yield `\n],\n"categories":[\n${list.join(",\n")}\n]}\n`;
}
