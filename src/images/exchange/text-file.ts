import { writing } from "../../files/disk.js";
import { openFile } from "../../files/open-file.js";
import { ANOTHER_FILE, writeWhole } from "../../files/whole-file.js";

/** Characters that are written at once. */
const CHUNK = 2 ** 20;

/** Writes a text as it comes. The file is there as a whole or not at all; one that was there before is replaced. */
export async function writeTextFile(path: string, parts: AsyncIterable<string>): Promise<void> {
  const write = async (temporary: string) => {
    await using handle = await openFile(temporary, "w");
    let waiting = "";
    for await (const part of parts) {
      waiting += part;
      if (waiting.length < CHUNK) continue;
      await writing(path, () => handle.writeFile(waiting), ANOTHER_FILE);
      waiting = "";
    }
    await writing(path, () => handle.writeFile(waiting), ANOTHER_FILE);
  };
  await writeWhole(path, write, ANOTHER_FILE);
}

/** An array of JSON values, one a line. */
export async function* jsonArray(values: AsyncIterable<unknown>): AsyncGenerator<string> {
  let separator = "[\n";
  for await (const value of values) {
    yield separator + JSON.stringify(value);
    separator = ",\n";
  }
  yield separator === "[\n" ? "[]" : "\n]";
}
