import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { imageFile } from "../../src/image/image-file.js";
import type { ResamplingFilter } from "../../src/image/resample/filter.js";
import type { RgbImage } from "../../src/image/source.js";

/** What `test/golden/make_pixels.py` wrote: Pillow's and Hugging Face's results, as SHA-256 of their bytes. */
export interface Golden {
  readonly decoded: readonly {
    readonly file: string;
    readonly mode: string;
    readonly width: number;
    readonly height: number;
    readonly sha256: string;
    readonly stored: { readonly width: number; readonly height: number; readonly sha256: string };
    readonly thumbnail: readonly number[];
  }[];
  readonly resampled: readonly {
    readonly from: readonly [number, number];
    readonly to: readonly [number, number];
    readonly filter: ResamplingFilter;
    readonly smooth: boolean;
    readonly sha256: string;
  }[];
  readonly preprocessed: readonly {
    readonly configuration: Readonly<Record<string, unknown>>;
    readonly file: string;
    readonly width: number;
    readonly height: number;
    readonly pixels: string;
    readonly values: string;
    readonly first: readonly number[];
  }[];
}

export const picturePath = (file: string) =>
  fileURLToPath(new URL(`../golden/pixels/${file}`, import.meta.url));

export const pictureFile = (file: string) => imageFile(picturePath(file));

export const golden: Golden = JSON.parse(readFileSync(picturePath("expected.json"), "utf8"));

export function sha256({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return createHash("sha256")
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest("hex");
}

/** The pixels that `pattern` of the Python script draws: a wrapped slope, or a hash of the position. */
export function pattern(width: number, height: number, smooth: boolean): RgbImage {
  const data = new Uint8Array(width * height * 3);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) data[at++] = smooth ? (x * 3 + y * 2 + c * 60) >> 1 : hash(x, y, c);
    }
  }
  return { data, width, height };
}

function hash(x: number, y: number, c: number): number {
  const { imul } = Math;
  const value = imul(x + 1, 2654435761) ^ imul(y + 1, 2246822519) ^ imul(c + 1, 3266489917);
  return imul(value ^ (value >>> 15), 668265263) >>> 24;
}
