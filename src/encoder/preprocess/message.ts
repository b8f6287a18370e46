import { type ErrorCode, NearlabelError } from "../../errors.js";
import type { PixelBatch } from "../../image/preprocess/pixel-batch.js";
import { type ImageSource, isEncoded } from "../../image/source.js";
import type { NamedImage, Preprocessed } from "./batch.js";

/** Pictures for a worker thread; `null` in place of it ends the thread. */
export interface PreprocessRequest {
  readonly id: number;
  readonly images: readonly NamedImage[];
  /** Where the pixels go, if it is large enough. */
  readonly memory: ArrayBuffer | undefined;
  /** Shared; holds 1 once nobody waits for the pictures any more. */
  readonly stopped: Int32Array;
}

export type PackedImage = Parcel<NamedImage>;

/** What became of the pictures of the request `id`. */
export interface PreprocessReply {
  readonly id: number;
  readonly pixels: PixelBatch;
  readonly errors: readonly (PackedError | undefined)[];
}

/** A `NearlabelError` between threads, where an error's class and code would be lost. */
interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause: unknown;
}

/** A message and the buffers that move with it rather than being copied. */
export interface Parcel<T> {
  readonly content: T;
  readonly transfer: ArrayBuffer[];
}

/**
 * `source` for another thread, or undefined where it is no picture. Bytes are copied once, for they stay the caller's,
 * and of a view only what it shows.
 */
export function packImage(source: ImageSource): PackedImage | undefined {
  if (typeof source === "string") return { content: { source }, transfer: [] };
  // A File arrives as a Blob, without its name.
  if (source instanceof Blob) return { content: { source, name: fileName(source) }, transfer: [] };
  const bytes = bytesOf(source);
  if (!bytes) return undefined;
  const copy = new Uint8Array(bytes);
  return {
    content: { source: isEncoded(source) ? copy : { ...source, data: copy } },
    transfer: [copy.buffer],
  };
}

function fileName(blob: Blob): string | undefined {
  return "name" in blob && typeof blob.name === "string" ? blob.name : undefined;
}

function bytesOf(source: Exclude<ImageSource, string | Blob>): Uint8Array | Uint8ClampedArray | undefined {
  if (source instanceof Uint8Array) return source;
  if (source instanceof ArrayBuffer) return new Uint8Array(source);
  // Callers in JavaScript may hand over anything.
  const { data } = source ?? {};
  return data instanceof Uint8Array || data instanceof Uint8ClampedArray ? data : undefined;
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

function packError({ code, message, cause }: NearlabelError): PackedError {
  return { code, message, cause: cause instanceof Error ? new Error(cause.message) : String(cause) };
}

function unpackError({ code, message, cause }: PackedError): NearlabelError {
  return new NearlabelError(code, message, { cause });
}
