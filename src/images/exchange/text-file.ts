import { rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { writing } from "../../files/disk.js";
import { makeFolder } from "../../files/folders.js";
import { openFile } from "../../files/open-file.js";

/** Characters that are written at once. */
const CHUNK = 2 ** 20;
const REMEDY = { otherwise: "choose another file" } as const;

/** Writes a text as it comes. The file is there as a whole or not at all; one that was there before is replaced. */
export async function writeTextFile(path: string, parts: AsyncIterable<string>): Promise<void> {
  await writeWhole(path, async (temporary) => {
    await using handle = await openFile(temporary, "w");
    let waiting = "";
    for await (const part of parts) {
      waiting += part;
      if (waiting.length < CHUNK) continue;
      await writing(path, () => handle.writeFile(waiting), REMEDY);
      waiting = "";
    }
    await writing(path, () => handle.writeFile(waiting), REMEDY);
    await handle.sync();
  });
}

/** Lets `write` make a file under another name, which it loses when it is whole. */
export async function writeWhole(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writing(path, () => makeFolder(dirname(path)), REMEDY);
    await writing(path, () => write(temporary), REMEDY);
    await writing(path, () => rename(temporary, path), REMEDY);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
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
