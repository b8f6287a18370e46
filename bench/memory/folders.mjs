import { closeSync, mkdirSync, openSync } from "node:fs";
import { join } from "node:path";

/** Makes `folders` folders of `files` empty files each in `parent`. */
export function makeTree(parent, folders, files) {
  for (let at = 0; at < folders; at++) makeFolder(join(parent, `folder-${at}`), files);
}

/** Makes a folder of empty files that are named as pictures. */
export function makeFolder(folder, files) {
  mkdirSync(folder, { recursive: true });
  for (let at = 0; at < files; at++) closeSync(openSync(join(folder, `picture-${at}.jpg`), "w"));
}
