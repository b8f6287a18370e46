import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { basename, join } from "node:path";
import { requireOptions } from "../../arguments.js";
import { NearlabelError, optionError, reasonOf } from "../../errors.js";

/**
 * Where the table of a folder lies by default: in `directory`, a folder for the data of programs, under the folder's name and
 * a hash of its real path, so that it is the same whatever links and relative paths lead there.
 *
 * @throws NearlabelError `INPUT_EMPTY` where there is no such folder
 */
export async function folderTable(folder: string, options: { readonly directory: string }): Promise<string> {
  requireOptions(options, ["directory"], "folderTable");
  const { directory } = options;
  if (typeof directory !== "string") throw optionError("directory", "the path of a folder", directory);
  const real = await realpath(folder).catch((cause: unknown) => {
    throw new NearlabelError("INPUT_EMPTY", `The folder "${folder}" cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
  });
  const hash = createHash("sha256").update(real).digest("hex").slice(0, 12);
  const name = basename(real).replaceAll(/[^\p{L}\p{N}._-]+/gu, "-") || "root";
  return join(directory, "tables", `${name}-${hash}`);
}
