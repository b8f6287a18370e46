import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { NearlabelError, reasonOf } from "../../errors.js";
import type { FilePath } from "../../files/file-path.js";
import { namesInList } from "../../files/name-list.js";
import { isObjectAddress } from "../../objects/address.js";
import { bytesAt } from "../../objects/object-text.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import { fileRow } from "../../rows/picture-row.js";
import type { Terminal } from "../terminal/terminal.js";
import { openFlaggedDataset } from "./dataset.js";

/** The pictures of one run, wherever they come from. */
export interface Pictures {
  readonly rows: AsyncIterable<ImageRow>;
  /** Their number, where it is known before they are read. */
  readonly size?: number;
  /** The data set that they come from, if they do. */
  readonly dataset?: Dataset;
}

export interface PicturesOptions {
  dataset?: string;
  split?: string;
  imageColumn?: string;
  labelColumn?: string;
  filesFrom?: string;
  limit?: number;
}

/** Pictures named on the command line: files, folders, globs, `-` for one on stdin, or a data set. */
export async function openPictures(
  inputs: readonly string[],
  options: PicturesOptions,
  terminal: Terminal,
): Promise<Pictures> {
  if (options.dataset !== undefined) return datasetPictures(inputs, options.dataset, options, terminal);
  const listed = options.filesFrom === undefined ? [] : await readFileList(options.filesFrom, terminal);
  const given = [...inputs, ...listed];
  if (given.length === 0) {
    throw new NearlabelError(
      "INPUT_EMPTY",
      "No pictures given. Expected files, folders or globs, - for a picture on stdin, --files-from or --dataset.",
    );
  }
  return { rows: limited(filePictures(given, terminal), options.limit) };
}

async function datasetPictures(
  inputs: readonly string[],
  path: string,
  { split, imageColumn, labelColumn, limit }: PicturesOptions,
  terminal: Terminal,
): Promise<Pictures> {
  if (inputs.length > 0) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected files or --dataset, got both: ${inputs[0]} and ${path}.`,
    );
  }
  const dataset = await openFlaggedDataset(path, { split, imageColumn, labelColumn }, terminal);
  const size = dataset.size === undefined ? undefined : Math.min(dataset.size, limit ?? dataset.size);
  return {
    rows: limited(dataset.rows({ end: limit }), limit),
    dataset,
    ...(size !== undefined && { size }),
  };
}

/** The picture on stdin comes first, wherever `-` stands. */
async function* filePictures(inputs: readonly FilePath[], { stdin }: Terminal): AsyncGenerator<ImageRow> {
  if (inputs.includes("-")) yield { id: "-", image: await buffer(stdin) };
  const { listPictures } = await import("../../datasets/folders/picture-files.js");
  const files = inputs.filter((input) => input !== "-");
  for await (const { path, file, isNamed } of listPictures(files)) {
    yield await fileRow(path, file, undefined, { pipe: isNamed });
  }
}

/** Names from a file or from stdin (`-`), one a line, or with NUL between as `find -print0` writes them. */
async function readFileList(path: string, { stdin }: Terminal): Promise<FilePath[]> {
  if (isObjectAddress(path)) return namesInList(Buffer.from(await bytesAt(path, "OPTION_INVALID")), path);
  const bytes = await (path === "-" ? buffer(stdin) : readFile(path)).catch((error: unknown) => {
    throw new NearlabelError(
      "OPTION_INVALID",
      `The list of pictures ${path} cannot be read: ${reasonOf(error)}.`,
      { cause: error },
    );
  });
  return namesInList(bytes, path === "-" ? "The list on stdin" : path);
}

async function* limited<T>(rows: AsyncIterable<T>, limit = Number.POSITIVE_INFINITY): AsyncGenerator<T> {
  let count = 0;
  if (limit < 1) return;
  for await (const row of rows) {
    yield row;
    if (++count >= limit) return;
  }
}
