import { constants } from "node:fs";
import { copyFile, link, readFile, readlink, realpath, unlink, writeFile } from "node:fs/promises";
import { basename, resolve } from "node:path";
import { types } from "node:util";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { formatOf } from "../../image/decode/format.js";
import { type ImageFile, isImageFile } from "../../image/image-file.js";
import type { ImageSource } from "../../image/source.js";
import { folderName } from "./folder-name.js";

/** How a picture gets into the folder of its label; `write` where it is no file of its own. */
export type Placing = "copy" | "link" | "move" | "write";

/** A picture as something that can be put under another name. */
export interface Placeable {
  readonly name: string;
  /** Where its file is, if it is one, without symbolic links; as text for people where the name is not UTF-8. */
  readonly path?: string;
  /** What a symbolic link that is moved holds: its file stays, and `path` is where the link was. */
  readonly link?: string;
  readonly by: Placing;
  read(): Promise<Uint8Array>;
  /** Never overwrites: rejects with `EEXIST` where `target` is there. */
  put(target: string): Promise<void>;
}

/** A picture that is no file, such as a row of a data set, gets its id for a name. */
export async function placeable(
  image: ImageSource,
  id: string | number,
  by: Exclude<Placing, "write">,
): Promise<Placeable> {
  if (isImageFile(image)) return placeableFile(image, by);
  const bytes = image instanceof Blob ? new Uint8Array(await image.arrayBuffer()) : bytesOf(image, id);
  const format = formatOf(bytes)?.id;
  return {
    name: `${folderName(String(id))}${format ? `.${format}` : ""}`,
    by: "write",
    read: async () => bytes,
    put: (target) => writeNew(target, bytes),
  };
}

async function placeableFile(image: ImageFile, by: Exclude<Placing, "write">): Promise<Placeable> {
  // A link to the link would point nowhere from another folder.
  const path = await realPath(image.path);
  const puts = {
    copy: (target: string) => copyFile(path, target, constants.COPYFILE_EXCL),
    link: (target: string) => link(path, target),
    move: (target: string) => move(image.path, path, target),
  };
  const shown = typeof path === "string" ? path : image.name;
  const held = by === "move" && typeof image.path === "string" ? await linkText(image.path) : undefined;
  const place = held === undefined ? { path: shown } : { path: resolve(image.name), link: held };
  return { name: basename(image.name), ...place, by, read: () => readFile(path), put: puts[by] };
}

/** What the symbolic link at `path` holds; undefined where it is none. */
function linkText(path: string): Promise<string | undefined> {
  return readlink(path).catch(() => undefined);
}

function realPath(path: string | Buffer): Promise<string | Buffer> {
  return typeof path === "string" ? realpath(path) : realpath(path, { encoding: "buffer" });
}

/** `rename` would overwrite. Where there can be no second name, on another disk or through a symbolic link, it copies. */
export async function move(file: string | Buffer, path: string | Buffer, target: string): Promise<void> {
  try {
    await link(path, target);
  } catch (error) {
    if (systemErrorCode(error) === "EEXIST") throw error;
    await copyFile(path, target, constants.COPYFILE_EXCL);
  }
  await unlink(file);
}

/** Leaves no half of a picture. */
async function writeNew(target: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(target, bytes, { flag: "wx" });
  } catch (error) {
    if (systemErrorCode(error) !== "EEXIST") await unlink(target).catch(() => {});
    throw error;
  }
}

function bytesOf(image: Exclude<ImageSource, ImageFile | Blob>, id: string | number): Uint8Array {
  if (types.isUint8Array(image)) return image;
  if (types.isArrayBuffer(image)) return new Uint8Array(image);
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected a picture in a file format to sort, got pixels: ${id}.`,
  );
}
