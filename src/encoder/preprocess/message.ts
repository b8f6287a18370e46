import { checkDecoded } from "../../image/decode/rgb.js";
import { imageFile, isImageFile } from "../../image/image-file.js";
import type { PixelBatch } from "../../image/preprocess/pixel-batch.js";
import { isPipe, MAX_BYTES, readImage } from "../../image/read.js";
import { type DecodedImage, type ImageSource, isEncoded } from "../../image/source.js";
import { type PackedError, packError, unpackError } from "../packed-error.js";
import type { NamedImage, Preprocessed } from "./batch.js";

/** Pictures for a worker thread; `null` in place of it ends the thread. */
export interface PreprocessRequest {
  readonly id: number;
  readonly images: readonly PackedImage[];
  /** Where the pixels go, if it is large enough. */
  readonly memory: ArrayBuffer | undefined;
  /** Shared; holds 1 once nobody waits for the pictures any more. */
  readonly stopped: Int32Array;
}

/** What became of the pictures of the request `id`. */
export interface PreprocessReply {
  readonly id: number;
  readonly pixels: PixelBatch;
  readonly errors: readonly (PackedError | undefined)[];
}

/** A message and the buffers that move with it rather than being copied. */
export interface Parcel<T> {
  readonly content: T;
  readonly transfer: ArrayBuffer[];
}

/** A picture between threads: plain data, as an object of a class would lose what it is. */
export type PackedImage =
  /** `pipe` where the path may be that of a pipe that is to be read to its end. */
  | { readonly path: string | Uint8Array; readonly pipe?: boolean }
  | { readonly content: Uint8Array | DecodedImage; readonly name?: string | undefined };

/**
 * `source` for another thread. Bytes are copied once, for they stay the caller's unless `transfer` gives them away, and of a view only what it shows. A Blob is
 * read here: one that stands for a file cannot be posted, and what is made of it ends the process where another thread
 * reads it. So is a pipe, as a thread that waits for one does not end. Rejects with the picture's error where it is none or
 * cannot be read.
 */
export async function packImage(
  source: ImageSource,
  maxBytes: number = MAX_BYTES,
  transfer = false,
): Promise<Parcel<PackedImage>> {
  if (isImageFile(source) && !(await isPipe(source))) return { content: { path: source.path }, transfer: [] };
  if (!isImageFile(source) && !isEncoded(source)) return packPixels(source);
  const { bytes, name } = await readImage(source, maxBytes);
  const isOwn = source instanceof Blob || (transfer && isWhole(bytes));
  const moved = isOwn ? bytes : new Uint8Array(bytes);
  // Bytes without a name are called there what they are called here.
  const isNamed = isImageFile(source) || (source instanceof Blob && "name" in source);
  return {
    content: { content: moved, ...(isNamed && { name }) },
    transfer: [moved.buffer as ArrayBuffer],
  };
}

/** Whether `bytes` are all of their memory, and share it with no other thread. */
function isWhole({ buffer, byteLength }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
}

/**
 * `source` for a thread that preprocesses, as `packImage` packs it but for files, which are not looked at here: what waits for
 * the disk on the calling thread waits for the network too, which blocks that thread. The other thread looks for pipes.
 */
export async function packImageUnseen(source: ImageSource, maxBytes?: number): Promise<Parcel<PackedImage>> {
  if (!isImageFile(source)) return packImage(source, maxBytes);
  return { content: { path: source.path, pipe: source.pipe }, transfer: [] };
}

/** Whether one of `images` is a pipe, which only the thread that was given it may read: see `packImage`. */
export async function hasPipe(images: readonly PackedImage[]): Promise<boolean> {
  const files = images.flatMap((image) => ("path" in image && image.pipe ? [image.path] : []));
  const found = await Promise.all(files.map((path) => isPipe(imageFile(path, { pipe: true }))));
  return found.includes(true);
}

function packPixels(image: DecodedImage): Parcel<PackedImage> {
  checkDecoded(image, "decoded picture");
  const { width, height, channels } = image;
  const data = new Uint8Array(image.data);
  return { content: { content: { data, width, height, channels } }, transfer: [data.buffer] };
}

export function unpackImage(packed: PackedImage): NamedImage {
  if ("path" in packed) return { source: imageFile(packed.path) };
  return { source: packed.content, name: packed.name };
}

export function packReply(id: number, { pixels, errors }: Preprocessed): Parcel<PreprocessReply> {
  return {
    content: { id, pixels, errors: errors.map((error) => error && packError(error)) },
    transfer: [pixels.data.buffer as ArrayBuffer],
  };
}

export function unpackReply({ pixels, errors }: PreprocessReply): Preprocessed {
  return { pixels, errors: errors.map((error) => error && unpackError(error)) };
}
