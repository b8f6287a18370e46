import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { drawPhotos } from "../../dist/image/draw/drawn-photos.js";

/** Draws `count` photo-like pictures, the same at every call, and writes them to `folder` as JPEG. */
export async function writePhotos(folder, { count, width, height }) {
  await mkdir(folder, { recursive: true });
  const paths = [];
  for (const jpeg of await drawPhotos(count, { width, height })) {
    paths.push(join(folder, `photo-${String(paths.length).padStart(3, "0")}.jpg`));
    await writeFile(paths.at(-1), jpeg);
  }
  return paths;
}
