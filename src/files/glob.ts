import fs from "node:fs";
import { stat } from "node:fs/promises";
import { resolve, sep } from "node:path";
import type { FileSystemAdapter } from "tinyglobby";
import { type FilePath, filePathOf, joinPath, pathText } from "./file-path.js";
import type { FoundFile } from "./folders.js";
import { naturalOrder } from "./natural-order.js";

/** What makes a glob. Round brackets alone do not: `photo (1).jpg` is a name. */
const GLOB = /[*?[{]|[!@+]\(/;

/** Whether `text` has the characters of a glob; it may be the name of a file all the same. */
export function isGlob(text: string): boolean {
  return GLOB.test(text);
}

/**
 * The files that a glob matches and whose names `keep` accepts, in natural order. Folders at its beginning that exist under
 * that very name are taken literally, so that `photos [2] (1)/*.jpg` finds what is in there. `{000..012}` is a range, with
 * its zeros. On Windows `\` separates folders; elsewhere it takes the next character literally. Hidden files are passed
 * over, links followed. Named pipes, sockets and devices are given as files, for whoever reads them to refuse.
 */
export async function globFiles(pattern: string, keep: (name: string) => boolean): Promise<FoundFile[]> {
  const { glob } = await import("tinyglobby");
  const [folder, rest] = await literalFolder(sep === "\\" ? pattern.replaceAll("\\", "/") : pattern);
  const bytes = new Map<string, FilePath>();
  const names = await glob(expandRanges(withoutNegation(rest)), {
    cwd: folder === "" ? "." : folder,
    expandDirectories: false,
    fs: fileSystem(bytes),
  });
  return names
    .map((name) => folder + name)
    .filter(keep)
    .sort(naturalOrder)
    .map((path) => ({ path, file: bytes.get(resolve(path)) ?? path }));
}

/** The folders at the beginning of `pattern` that exist, with `/` after them, and the rest of it. */
async function literalFolder(pattern: string): Promise<[folder: string, rest: string]> {
  let end = 0;
  for (let next = pattern.indexOf("/"); next >= 0; next = pattern.indexOf("/", next + 1)) {
    const found = await stat(pattern.slice(0, next + 1)).catch(() => undefined);
    if (!found?.isDirectory()) break;
    end = next + 1;
  }
  return [pattern.slice(0, end), pattern.slice(end)];
}

/** `!` at the beginning of a pattern would leave files out; here it is part of a name, but in `!(a|b)`. */
function withoutNegation(pattern: string): string {
  return /^!(?!\()/.test(pattern) ? `\\${pattern}` : pattern;
}

/** `{000..002}` as `{000,001,002}`; a glob knows no leading zeros. */
function expandRanges(pattern: string): string {
  return pattern.replace(/\{(\d+)\.\.(\d+)\}/g, (_, first: string, last: string) => {
    const count = Math.max(0, Number(last) - Number(first) + 1);
    const numbers = Array.from({ length: count }, (_, at) => String(Number(first) + at));
    const names = numbers.map((number) => number.padStart(first.length, "0"));
    return names.length === 1 ? names[0]! : `{${names.join(",")}}`;
  });
}

/** Shows names that are not UTF-8 as text, and keeps in `bytes` what the system calls those files, by absolute path. */
function fileSystem(bytes: Map<string, FilePath>): FileSystemAdapter {
  const fileOf = (path: string) => bytes.get(resolve(path)) ?? path;
  const readdir = (path: string, _: unknown, done: (error: unknown, entries?: unknown[]) => void) => {
    const folder = fileOf(path);
    fs.readdir(folder, { withFileTypes: true, encoding: "buffer" }, (error, entries) => {
      if (error) return done(error);
      done(null, entries.map(entryIn(path, folder)));
    });
  };
  const entryIn = (path: string, folder: FilePath) => (entry: fs.Dirent<Buffer>) => {
    const file = joinPath(folder, filePathOf(entry.name));
    const name = pathText(filePathOf(entry.name));
    if (typeof file !== "string") bytes.set(resolve(path, name), file);
    const isDirectory = () => entry.isDirectory();
    const isSymbolicLink = () => entry.isSymbolicLink();
    return { name, isDirectory, isSymbolicLink, isFile: () => !isDirectory() && !isSymbolicLink() };
  };
  return {
    readdir: readdir as never,
    realpath: ((path: string, done: never) => fs.realpath(fileOf(path), done)) as never,
    stat: ((path: string, done: never) => fs.stat(fileOf(path), done)) as never,
  };
}
