import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";
import { writeTextFile } from "./text-file.js";

/** "CVAT for images 1.1": an image element with a tag for each label. Labels stand in its head, so the table is read twice. */
export async function exportCvat(table: ImageTable, path: string, settings: ExportSettings): Promise<void> {
  const names = new Set<string>();
  let size = 0;
  for await (const { labels } of exportedRows(table, { ...settings, onProgress: undefined })) {
    for (const label of labels) names.add(label);
    size++;
  }
  await writeTextFile(path, document(table, settings, { names: [...names].sort(), size }));
}

async function* document(
  table: ImageTable,
  settings: ExportSettings,
  { names, size }: { readonly names: readonly string[]; readonly size: number },
): AsyncGenerator<string> {
  const labels = names.map((name) => `<label><name>${escaped(name)}</name><type>tag</type></label>`);
  yield `<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>\n    <task>\n`;
  yield `      <size>${size}</size>\n      <mode>annotation</mode>\n      <labels>${labels.join("")}</labels>\n    </task>\n  </meta>\n`;
  const source = settings.labels === "found" ? "auto" : "manual";
  let number = 0;
  for await (const row of exportedRows(table, settings)) {
    const { width, height } = row.image;
    const tags = row.labels.map((label) => `    <tag label="${escaped(label)}" source="${source}"></tag>\n`);
    yield `  <image id="${number++}" name="${escaped(row.file)}" width="${width ?? 0}" height="${height ?? 0}">\n${tags.join("")}  </image>\n`;
  }
  yield "</annotations>\n";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};

/** Characters that XML 1.0 does not have at all become the sign for what cannot be shown. */
function escaped(text: string): string {
  return (
    text
      .replaceAll(/[&<>"]/g, (sign) => ENTITIES[sign]!)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what XML forbids
      .replaceAll(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "\ufffd")
      .replaceAll(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`)
  );
}
