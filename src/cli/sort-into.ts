import { constants } from "node:fs";
import { copyFile, link, mkdir, readFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { NearlabelError, systemErrorCode } from "../errors.js";
import type { ImageSource } from "../image/source.js";

export interface SortOptions {
  /** Folder that gets one folder a label. */
  readonly into: string;
  /** Hard links in place of copies: no space, but both names are then the same file. */
  readonly link: boolean;
}

/**
 * Puts a copy of a picture into the folder of its label. Never overwrites: a file of that name with the same bytes
 * is left as it is, one with other bytes gets company as `name (2).jpg`. Only files can be sorted.
 */
export async function sortInto(
  image: ImageSource,
  id: string | number,
  label: string,
  { into, link: byLink }: SortOptions,
): Promise<void> {
  if (typeof image !== "string") {
    throw new NearlabelError("OPTION_INVALID", `Expected a file to sort, got picture ${id}, which is none.`);
  }
  const folder = join(into, folderName(label));
  try {
    await mkdir(folder, { recursive: true });
    for (let copy = 1; !(await place(image, join(folder, copyName(image, copy)), byLink)); copy++);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = `Give a folder with space that may be written to${byLink ? ", on the disk of the pictures" : ""}.`;
    throw new NearlabelError("WRITE_FAILED", `Could not put ${image} into ${folder}: ${reason}. ${remedy}`, {
      cause,
    });
  }
}

function copyName(file: string, copy: number): string {
  const extension = extname(file);
  return copy === 1 ? basename(file) : `${basename(file, extension)} (${copy})${extension}`;
}

/** Whether `target` now holds the bytes of `file`; false where it holds others. */
async function place(file: string, target: string, byLink: boolean): Promise<boolean> {
  try {
    if (byLink) await link(file, target);
    else await copyFile(file, target, constants.COPYFILE_EXCL);
    return true;
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    const [ours, theirs] = await Promise.all([readFile(file), readFile(target)]);
    return ours.equals(theirs);
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids them in names.
const FORBIDDEN = /[<>:"/\\|?*\u0000-\u001f]/g;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/** `label` as the name of one folder on every system: what Linux, macOS or Windows forbid becomes `_`. */
function folderName(label: string): string {
  const name = label.replace(FORBIDDEN, "_").replace(/[. ]+$/, (end) => "_".repeat(end.length));
  return RESERVED.test(name) ? `_${name}` : name;
}
