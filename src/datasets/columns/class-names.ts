import { join } from "node:path";
import { isFile } from "../../files/folders.js";
import { linesOf, readText } from "../../files/text.js";

/** The name that CLIP_benchmark gives the file of a data set's class names. */
const FILE_NAME = "classnames.txt";

/** The lines of a text file, each a name; blank lines at its end are left out. Throws `DATASET_INVALID`. */
export async function readNames(path: string): Promise<string[]> {
  return linesOf(await readText(path, "DATASET_INVALID"));
}

/** The class names that a `classnames.txt` in the first of `folders` that has one holds, one a line. */
export async function findClassNames(folders: readonly string[]): Promise<readonly string[] | undefined> {
  for (const folder of folders) {
    const path = join(folder, FILE_NAME);
    if (await isFile(path)) return await readNames(path);
  }
  return undefined;
}
