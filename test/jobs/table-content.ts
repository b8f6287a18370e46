import { openImageTable } from "../../src/images/table/open.js";

/** What a table of pictures holds, by path: the bits of each vector, and the columns that a job fills. */
export async function contentOf(place: string): Promise<Map<string, string>> {
  await using table = await openImageTable(place);
  const content = new Map<string, string>();
  for await (const { columns, vectors } of table.table.scan()) {
    for (const [at, path] of columns.path!.entries()) {
      const bits = Buffer.from(
        vectors!.data.buffer,
        vectors!.data.byteOffset + at * vectors!.columns * 4,
        vectors!.columns * 4,
      ).toString("hex");
      const cells = ["id", "given_label", "label", "score"].map((name) => columns[name]![at]);
      if (content.has(path as string)) throw new Error(`${path} is there twice`);
      content.set(path as string, JSON.stringify([bits, ...cells]));
    }
  }
  return content;
}
