import { stat } from "node:fs/promises";
import { NearlabelError } from "../errors.js";
import type { ByteSource } from "../files/byte-source.js";
import type { FilePath } from "../files/file-path.js";
import type { SourceVersion } from "../files/source-version.js";
import { imageFile } from "../image/image-file.js";
import { MAX_BYTES } from "../image/read.js";
import type { ImageSource } from "../image/source.js";
import { openSource } from "../objects/object-source.js";
import type { ImageRow } from "./dataset.js";

const NO_BYTES = new Uint8Array();

interface FileRowOptions {
  /** Leaves the picture out. */
  readonly labelsOnly?: boolean | undefined;
  /** Whether a named pipe is read, because a person named it. */
  readonly pipe?: boolean;
}

/** The row of a picture file, with the version that the file has now; reading it tells what is wrong with it. */
export async function fileRow(
  id: string | number,
  file: FilePath,
  label: string | undefined,
  { labelsOnly = false, pipe = false }: FileRowOptions = {},
): Promise<ImageRow> {
  if (labelsOnly) return rowOf(id, NO_BYTES, label);
  const found = await stat(file).catch(() => undefined);
  return rowOf(id, imageFile(file, { pipe }), label, found && { bytes: found.size, modified: found.mtimeMs });
}

/** The row of a picture at an address in an object store, which is read at once; it says what is wrong with it. */
export async function objectRow(
  id: string | number,
  address: string,
  label: string | undefined,
  { labelsOnly = false }: Pick<FileRowOptions, "labelsOnly"> = {},
): Promise<ImageRow> {
  if (labelsOnly) return rowOf(id, NO_BYTES, label);
  try {
    await using source = await openSource(address);
    checkSize(source);
    const bytes = await source.read(0, source.size);
    return rowOf(id, new File([bytes], address), label, source.version);
  } catch (error) {
    if (!(error instanceof NearlabelError)) throw error;
    const { code, message } = error;
    if (code === "DATASET_NOT_FOUND")
      return failedRow(id, label, new NearlabelError("IMAGE_NOT_FOUND", message));
    if (code.startsWith("IMAGE_")) return failedRow(id, label, error);
    throw error;
  }
}

function checkSize({ name, size }: ByteSource): void {
  if (size <= MAX_BYTES) return;
  throw new NearlabelError(
    "IMAGE_TOO_LARGE",
    `${name} has ${size} bytes, more than the limit of ${MAX_BYTES}.`,
  );
}

function failedRow(id: string | number, label: string | undefined, error: NearlabelError): ImageRow {
  return { ...rowOf(id, NO_BYTES, label), error };
}

/** A row, without what is not known of it. */
export function rowOf(
  id: string | number,
  image: ImageSource | undefined,
  label: string | undefined,
  version?: SourceVersion,
): ImageRow {
  return {
    id,
    image: image ?? NO_BYTES,
    ...(label !== undefined && { label }),
    ...(version && { version }),
  };
}

/** A row that has no picture, and why: what was expected where, and what came. */
export function rowWithoutPicture(
  id: string | number,
  label: string | undefined,
  message: string,
  version?: SourceVersion,
): ImageRow {
  return { ...rowOf(id, NO_BYTES, label, version), error: new NearlabelError("IMAGE_EMPTY", message) };
}
