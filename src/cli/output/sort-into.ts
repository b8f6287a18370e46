import { constants } from "node:fs";
import { copyFile, link, readFile, writeFile } from "node:fs/promises";
import { basename, extname, join } from "node:path";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { makeFolder } from "../../files/folders.js";
import { formatOf } from "../../image/decode/format.js";
import { type ImageFile, isImageFile } from "../../image/image-file.js";
import type { ImageSource } from "../../image/source.js";

export interface SortOptions {
  /** Folder that gets one folder a label, and `unknown` for pictures that show none of them. */
  readonly into: string;
  /** Hard links in place of copies: no space, but both names are then the same file. */
  readonly link: boolean;
}

/** What became of a picture: put there, or there already with the same bytes. */
export type Sorted = "placed" | "there already";

/**
 * Puts a copy of a picture into the folder of its label. Never overwrites: a file of that name with the same bytes
 * is left as it is, one with other bytes gets company as `name (2).jpg`. A picture that is no file, such as a row of a
 * data set, gets its id for a name.
 */
export async function sortInto(
  image: ImageSource,
  id: string | number,
  label: string,
  { into, link: byLink }: SortOptions,
): Promise<Sorted> {
  const picture = await placeable(image, id, byLink);
  const folder = join(into, folderName(label));
  try {
    await makeFolder(folder);
    for (let copy = 1; ; copy++) {
      const sorted = await place(picture, join(folder, copyName(picture.name, copy)));
      if (sorted) return sorted;
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const remedy = `Give a folder with space that may be written to${byLink ? ", on the disk of the pictures" : ""}.`;
    throw new NearlabelError("WRITE_FAILED", `Could not put ${id} into ${folder}: ${reason}. ${remedy}`, {
      cause,
    });
  }
}

/** A picture as something that can be put under another name. */
interface Placeable {
  readonly name: string;
  read(): Promise<Buffer>;
  /** Rejects with `EEXIST` where `target` is there. */
  put(target: string): Promise<void>;
}

async function placeable(image: ImageSource, id: string | number, byLink: boolean): Promise<Placeable> {
  if (isImageFile(image)) {
    const { path, name } = image;
    const put = (target: string) =>
      byLink ? link(path, target) : copyFile(path, target, constants.COPYFILE_EXCL);
    return { name: basename(name), read: () => readFile(path), put };
  }
  const bytes = image instanceof Blob ? new Uint8Array(await image.arrayBuffer()) : bytesOf(image, id);
  const format = formatOf(bytes)?.id;
  return {
    name: `${folderName(String(id))}${format ? `.${format}` : ""}`,
    read: async () => Buffer.from(bytes),
    put: (target) => writeFile(target, bytes, { flag: "wx" }),
  };
}

function bytesOf(image: Exclude<ImageSource, ImageFile | Blob>, id: string | number): Uint8Array {
  if (image instanceof Uint8Array) return image;
  if (image instanceof ArrayBuffer) return new Uint8Array(image);
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected a picture in a file format to sort, got pixels: ${id}.`,
  );
}

function copyName(file: string, copy: number): string {
  const extension = extname(file);
  return copy === 1 ? file : `${basename(file, extension)} (${copy})${extension}`;
}

/** Undefined where `target` holds other bytes. */
async function place(picture: Placeable, target: string): Promise<Sorted | undefined> {
  try {
    await picture.put(target);
    return "placed";
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") throw error;
    const [ours, theirs] = await Promise.all([picture.read(), readFile(target)]);
    return ours.equals(theirs) ? "there already" : undefined;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: Windows forbids them in names.
const FORBIDDEN = /[<>:"/\\|?*%\u0000-\u001f]|[. ]$/g;
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)/i;

/**
 * `label` as the name of one folder on every system. What Linux, macOS or Windows forbid is written as in a URL, so that
 * labels that differ have folders that differ: `a/b` is `a%2Fb`.
 */
function folderName(label: string): string {
  return label
    .replace(FORBIDDEN, percentCode)
    .replace(RESERVED, (name) => percentCode(name[0]!) + name.slice(1));
}

function percentCode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
}
