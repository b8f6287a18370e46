import { realpath } from "node:fs/promises";
import { resolve, sep } from "node:path";
import { NearlabelError } from "../../errors.js";
import { isImageFile } from "../../image/image-file.js";
import { counted } from "../../math/number-text.js";
import type { ImageRow } from "../../rows/dataset.js";
import type { Pictures } from "../flags/pictures.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/**
 * `pictures` without those in the folder that they are sorted into, which are copies of an earlier run or of this one; stderr
 * is told how many.
 *
 * @param sources what was given on the command line
 * @throws NearlabelError `OPTION_INVALID` where the folder itself is one of them
 */
export async function outsideOf(
  into: string,
  sources: readonly string[],
  pictures: Pictures,
  terminal: Terminal,
): Promise<Pictures> {
  const folder = await realPath(into);
  for (const source of sources) {
    if ((await realPath(source)) !== folder) continue;
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected --sort-into to name another folder than the one with the pictures, got ${into} for both.`,
    );
  }
  return { ...pictures, rows: outside(pictures.rows, [folder, resolve(into)], into, terminal) };
}

/** Absolute and without symbolic links, as far as there is such a file. */
async function realPath(path: string): Promise<string> {
  return realpath(path).catch(() => resolve(path));
}

async function* outside(
  rows: AsyncIterable<ImageRow>,
  folders: readonly string[],
  into: string,
  { stderr }: Terminal,
): AsyncGenerator<ImageRow> {
  let leftOut = 0;
  for await (const row of rows) {
    const path = isImageFile(row.image) ? resolve(row.image.name) : "";
    if (folders.some((folder) => path.startsWith(`${folder}${sep}`))) leftOut++;
    else yield row;
  }
  if (leftOut === 0) return;
  writeLine(stderr, `${counted(leftOut, "picture")} in ${into} left out: pictures are sorted into it.`);
}
