import { decodeImage } from "../../image/decode/decode.js";
import type { ImageSource } from "../../image/source.js";
import type { StoredImage } from "../table/stored-image.js";

/** Which picture of several that are alike is kept. */
export type KeepRule = "largest" | "oldest" | "sharpest";

export const KEEP_RULES: readonly KeepRule[] = ["largest", "oldest", "sharpest"];

/** What is known of a picture that may be kept. */
export type Candidate = Pick<StoredImage, "path" | "width" | "height" | "bytes" | "modified" | "taken">;

/**
 * How much speaks for keeping a picture: the first number decides, then the next. Of equal ones the first path is kept.
 *
 * `largest`: pixels, then bytes. `oldest`: when it was taken, or else written; then pixels. `sharpest`: its sharpness, then pixels.
 *
 * @param sharpness of a picture, where the rule asks for it
 */
export function meritOf(picture: Candidate, rule: KeepRule, sharpness: number): readonly number[] {
  const { width, height, bytes, taken, modified } = picture;
  const pixels = (width ?? 0) * (height ?? 0);
  if (rule === "largest") return [pixels, bytes ?? 0];
  const time = taken ?? modified;
  if (rule === "oldest") return [time === null ? Number.NEGATIVE_INFINITY : -time.getTime(), pixels];
  return [sharpness, pixels];
}

/** Below 0 where the first is to be kept rather than the second. */
export function compareMerits(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((value, place) => value !== b[place]);
  return at < 0 ? 0 : b[at]! - a[at]!;
}

/**
 * Variance of the Laplacian of a picture's brightness (Pech-Pacheco et al. 2000). 0 for one that cannot be decoded: it is kept only where no
 * other can.
 */
export async function sharpnessOf(image: ImageSource): Promise<number> {
  try {
    const { data, width, height } = await decodeImage(image);
    return laplacianVariance(brightness(data), width, height);
  } catch {
    return 0;
  }
}

/** ITU-R BT.601 luma of RGB pixels. */
function brightness(data: ArrayLike<number>): Float32Array {
  const luma = new Float32Array(data.length / 3);
  for (let at = 0; at < luma.length; at++) {
    luma[at] = 0.299 * data[3 * at]! + 0.587 * data[3 * at + 1]! + 0.114 * data[3 * at + 2]!;
  }
  return luma;
}

/** Variance of the sum of a pixel's four neighbours less four times itself, over pixels that have four. */
function laplacianVariance(luma: Float32Array, width: number, height: number): number {
  let [sum, squares, count] = [0, 0, 0];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const value = luma[at - 1]! + luma[at + 1]! + luma[at - width]! + luma[at + width]! - 4 * luma[at]!;
      sum += value;
      squares += value * value;
      count++;
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2;
}
