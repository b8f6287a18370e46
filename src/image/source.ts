import { types } from "node:util";
import type { ImageFile } from "./image-file.js";

/** Pixels that are already decoded: 8 bits a channel, rows top to bottom, channels interleaved. */
export interface DecodedImage {
  /** `width * height * channels` values, 0 to 255. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 is greyscale, 3 is RGB, 4 is RGB with straight alpha. */
  readonly channels: 1 | 3 | 4;
}

/** The content of a picture file: its bytes, or a Blob of them. */
export type EncodedImage = Uint8Array | ArrayBuffer | Blob;

/** A picture by what it holds. Names no file and no address, whoever it comes from. */
export type ImageContent = EncodedImage | DecodedImage;

/** Where a picture comes from: a file of this machine, which `imageFile` names, or its content. */
export type ImageSource = ImageFile | ImageContent;

export function isEncoded(source: ImageSource): source is EncodedImage {
  return types.isUint8Array(source) || types.isArrayBuffer(source) || source instanceof Blob;
}

/** What every picture is decoded to: RGB, 8 bits a channel, interleaved, rows top to bottom, no padding. */
export interface RgbImage {
  /** `width * height * 3` values, 0 to 255. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** In pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size that a model's picture has before its crop, for an upright picture of the given size. */
export type SizeFor = (size: Size) => Size;

/** A rectangle of pixels; `left` and `top` count from the upper left corner. */
export interface Region extends Size {
  readonly left: number;
  readonly top: number;
}
