/** Pixels that are already decoded: 8 bits a channel, rows top to bottom, channels interleaved. */
export interface DecodedImage {
  /** `width * height * channels` values, 0 to 255. */
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
  /** 1 is greyscale, 3 is RGB, 4 is RGB with straight alpha. */
  readonly channels: 1 | 3 | 4;
}

/** Where a picture comes from: a file path, an encoded file's bytes, a Blob, or decoded pixels. */
export type ImageSource = string | Uint8Array | ArrayBuffer | Blob | DecodedImage;
