import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve, sep } from "node:path";
import { mapAhead } from "../../encoder/rows/map-ahead.js";
import { NearlabelError } from "../../errors.js";
import { type FilePath, pathText } from "../../files/file-path.js";
import { globFiles, isGlob } from "../../files/glob.js";
import { fileRow } from "../../rows/picture-row.js";
import { type FolderListing, isTablePicture, listFolder } from "./folder-listing.js";
import type { Incoming, IngestSource } from "./incoming.js";

/** Files that are asked for their version at the same time. */
const AHEAD = 16;

/** Files, folders and globs, each under its real path. */
export interface FileInput {
  readonly path: string;
  readonly kind: "file" | "folder" | "glob";
}

/**
 * What `inputs` name, with folders in their real places, so that one picture has one path whatever links lead to it.
 *
 * @throws NearlabelError `INPUT_EMPTY` for what is not there
 */
export async function fileInputs(inputs: readonly string[]): Promise<FileInput[]> {
  if (inputs.length === 0)
    throw new NearlabelError("INPUT_EMPTY", "No pictures given. Expected files, folders or globs.");
  return Promise.all(inputs.map(fileInput));
}

async function fileInput(input: string): Promise<FileInput> {
  const found = await stat(input).catch(() => undefined);
  if (found?.isDirectory()) return { path: await realpath(input), kind: "folder" };
  if (found) return { path: join(await realpath(dirname(input)), basename(input)), kind: "file" };
  if (isGlob(input)) return { path: resolve(input), kind: "glob" };
  throw new NearlabelError("INPUT_EMPTY", `There is no file or folder "${input}". Check the path.`);
}

/** The pictures of files, folders and globs. `exclude` are globs of paths, or names of files and folders, that are left out. */
export function fileSource(inputs: readonly FileInput[], exclude: readonly string[]): IngestSource {
  const paired: string[] = [];
  const isExcluded = exclusionOf(exclude);
  const listing = { isExcluded, onPaired: (path: string) => void paired.push(path) };
  const folders = inputs.filter(({ kind }) => kind === "folder").map(({ path }) => withSeparator(path));
  return {
    pictures: () => mapAhead(listed(inputs, listing), incomingFile, { ahead: AHEAD }),
    async count() {
      let count = 0;
      for await (const _ of listed(inputs, { isExcluded, onPaired() {} })) count++;
      return count;
    },
    owns: (path) => folders.some((folder) => path.startsWith(folder)) && !isExcluded(path),
    async isThere() {
      const found = await Promise.all(folders.map((folder) => stat(folder).catch(() => undefined)));
      return found.every((folder) => folder !== undefined);
    },
    paired: () => paired,
  };
}

async function* listed(
  inputs: readonly FileInput[],
  listing: FolderListing,
): AsyncGenerator<{ path: string; file: FilePath }> {
  const entered = new Set<string>();
  for (const { path, kind } of inputs) {
    if (kind === "folder") yield* listFolder(path, listing, entered);
    else if (kind === "glob") yield* await globFiles(path, isTablePicture);
    else yield { path, file: path };
  }
}

async function incomingFile({ path, file }: { path: string; file: FilePath }): Promise<Incoming> {
  const { image, version } = await fileRow(path, file, undefined);
  return { path: pathText(path), image, isListed: true, ...(version && { version }) };
}

function withSeparator(folder: string): string {
  return folder.endsWith("/") || folder.endsWith(sep) ? folder : `${folder}/`;
}

/**
 * Whether a path is left out: where a pattern without `/` matches a name in it, or one with `/` the path or a folder of it.
 * `*` stands for any characters of a name, `**` for any folders, `?` for one character.
 */
function exclusionOf(patterns: readonly string[]): (path: string) => boolean {
  const tests = patterns.map((pattern) => {
    const whole = pattern.replace(/[/\\]+$/, "");
    const source = expressionOf(whole.includes("/") ? resolve(whole) : whole);
    return whole.includes("/") ? new RegExp(`^${source}(?:/|$)`) : new RegExp(`(?:^|/)${source}(?:/|$)`);
  });
  return (path) => tests.some((test) => test.test(path));
}

function expressionOf(pattern: string): string {
  return pattern.replace(/\*\*\/|\*\*|\*|\?|[.+^${}()|[\]\\]/g, (sign) => {
    if (sign === "**/") return "(?:.*/)?";
    if (sign === "**") return ".*";
    if (sign === "*") return "[^/]*";
    return sign === "?" ? "[^/]" : `\\${sign}`;
  });
}
