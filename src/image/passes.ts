import type { RgbImage, Size } from "./source.js";
import { PRECISION_BITS, type Taps } from "./taps.js";

const { imul } = Math;

/** Half a level in fixed point, so that dropping the fraction rounds. */
const HALF = 1 << (PRECISION_BITS - 1);
/** Rows that are done before the next column, so that the samples that columns share are still in cache. */
const TILE_ROWS = 64;

/** Rows `first` to `last` of a picture, to be followed by rows of zeros up to `span`. */
type Rows = Pick<Taps, "first" | "last" | "span">;

/** RGB pixels in rows of `stride` bytes, a multiple of 4, so that whole words can be read. */
interface PaddedImage extends Size {
  readonly data: Uint8ClampedArray;
  readonly stride: number;
}

function paddedImage(width: number, height: number): PaddedImage {
  const stride = Math.ceil((width * 3) / 4) * 4;
  return { data: new Uint8ClampedArray(stride * height), width, height, stride };
}

export function unpadded({ data, width, height, stride }: PaddedImage): RgbImage {
  if (stride === width * 3) return { data, width, height };
  const rows = new Uint8ClampedArray(width * height * 3);
  for (let y = 0; y < height; y++) {
    rows.set(data.subarray(y * stride, y * stride + width * 3), y * width * 3);
  }
  return { data: rows, width, height };
}

export function copyColumns(
  image: RgbImage,
  left: number,
  width: number,
  { first, last, span }: Rows,
): PaddedImage {
  const copy = paddedImage(width, span);
  for (let y = first; y < last; y++) {
    const from = (y * image.width + left) * 3;
    copy.data.set(image.data.subarray(from, from + width * 3), (y - first) * copy.stride);
  }
  return copy;
}

/** `image` with columns of zeros on its right, up to `width`. */
function widened(image: RgbImage, width: number): RgbImage {
  const data = new Uint8Array(width * image.height * 3);
  for (let y = 0; y < image.height; y++) {
    data.set(image.data.subarray(y * image.width * 3, (y + 1) * image.width * 3), y * width * 3);
  }
  return { data, width, height: image.height };
}

/** The horizontal pass. Row 0 of the result is row `first` of `image`. */
export function resampleRows(image: RgbImage, taps: Taps, rows: Rows): PaddedImage {
  const samples = taps.first + taps.span;
  const source = samples > image.width ? widened(image, samples) : image;
  const out = paddedImage(taps.starts.length, rows.span);
  (taps.count === 8 ? sumEightTaps : sumTaps)(source, taps, rows, out);
  return out;
}

/**
 * The horizontal pass for windows of any length. Four RGB pixels are read as three words, low byte first:
 * R0 G0 B0 R1, G1 B1 R2 G2, B2 R3 G3 B3; that takes less time than twelve reads, each with its check of bounds.
 */
function sumTaps(source: RgbImage, taps: Taps, rows: Rows, { data, stride }: PaddedImage): void {
  const { starts, weights, count } = taps;
  const bytes = viewOf(source);
  for (let y = rows.first; y < rows.last; y++) {
    const row = (y * source.width + taps.first) * 3;
    for (let x = 0, k = 0, to = (y - rows.first) * stride; x < starts.length; x++, to += 3) {
      let red = HALF;
      let green = HALF;
      let blue = HALF;
      const end = k + count;
      for (let from = row + starts[x]! * 3; k < end; k += 4, from += 12) {
        const a = bytes.getInt32(from, true);
        const b = bytes.getInt32(from + 4, true);
        const c = bytes.getInt32(from + 8, true);
        const w0 = weights[k]!;
        const w1 = weights[k + 1]!;
        const w2 = weights[k + 2]!;
        const w3 = weights[k + 3]!;
        // biome-ignore format: one term a pixel
        red = (red + imul(a & 255, w0) + imul(a >>> 24, w1) + imul((b >>> 16) & 255, w2) + imul((c >>> 8) & 255, w3)) | 0;
        // biome-ignore format: one term a pixel
        green = (green + imul((a >>> 8) & 255, w0) + imul(b & 255, w1) + imul(b >>> 24, w2) + imul((c >>> 16) & 255, w3)) | 0;
        // biome-ignore format: one term a pixel
        blue = (blue + imul((a >>> 16) & 255, w0) + imul((b >>> 8) & 255, w1) + imul(c & 255, w2) + imul(c >>> 24, w3)) | 0;
      }
      data[to] = red >> PRECISION_BITS;
      data[to + 1] = green >> PRECISION_BITS;
      data[to + 2] = blue >> PRECISION_BITS;
    }
  }
}

/**
 * The horizontal pass for windows of eight pixels, as a bicubic reduction of photographs to half or more has
 * them. Going down the columns keeps the weights in registers, which takes a third off the time.
 */
function sumEightTaps(source: RgbImage, taps: Taps, rows: Rows, out: PaddedImage): void {
  const bytes = viewOf(source);
  for (let y = rows.first; y < rows.last; y += TILE_ROWS) {
    const height = Math.min(TILE_ROWS, rows.last - y);
    for (let x = 0; x < out.width; x++) {
      const from = (y * source.width + taps.first + taps.starts[x]!) * 3;
      const to = (y - rows.first) * out.stride + x * 3;
      sumColumn(bytes, from, source.width * 3, taps.weights, x * 8, out, to, height);
    }
  }
}

function sumColumn(
  bytes: DataView,
  firstByte: number,
  rowBytes: number,
  weights: Int32Array,
  k: number,
  { data, stride }: PaddedImage,
  at: number,
  rows: number,
): void {
  const w0 = weights[k]!;
  const w1 = weights[k + 1]!;
  const w2 = weights[k + 2]!;
  const w3 = weights[k + 3]!;
  const w4 = weights[k + 4]!;
  const w5 = weights[k + 5]!;
  const w6 = weights[k + 6]!;
  const w7 = weights[k + 7]!;
  const end = at + rows * stride;
  for (let from = firstByte, to = at; to < end; from += rowBytes, to += stride) {
    const a = bytes.getInt32(from, true);
    const b = bytes.getInt32(from + 4, true);
    const c = bytes.getInt32(from + 8, true);
    const d = bytes.getInt32(from + 12, true);
    const e = bytes.getInt32(from + 16, true);
    const f = bytes.getInt32(from + 20, true);
    // biome-ignore format: four terms a line
    data[to] = (HALF + imul(a & 255, w0) + imul(a >>> 24, w1) + imul((b >>> 16) & 255, w2) + imul((c >>> 8) & 255, w3)
      + imul(d & 255, w4) + imul(d >>> 24, w5) + imul((e >>> 16) & 255, w6) + imul((f >>> 8) & 255, w7)) >> PRECISION_BITS;
    // biome-ignore format: four terms a line
    data[to + 1] = (HALF + imul((a >>> 8) & 255, w0) + imul(b & 255, w1) + imul(b >>> 24, w2) + imul((c >>> 16) & 255, w3)
      + imul((d >>> 8) & 255, w4) + imul(e & 255, w5) + imul(e >>> 24, w6) + imul((f >>> 16) & 255, w7)) >> PRECISION_BITS;
    // biome-ignore format: four terms a line
    data[to + 2] = (HALF + imul((a >>> 16) & 255, w0) + imul((b >>> 8) & 255, w1) + imul(c & 255, w2) + imul(c >>> 24, w3)
      + imul((d >>> 16) & 255, w4) + imul((e >>> 8) & 255, w5) + imul(f & 255, w6) + imul(f >>> 24, w7)) >> PRECISION_BITS;
  }
}

function viewOf({ data }: RgbImage): DataView {
  return new DataView(data.buffer, data.byteOffset, data.byteLength);
}

/** The vertical pass. Row 0 of `image` is the first row in use. */
export function resampleColumns(image: PaddedImage, taps: Taps): RgbImage {
  const out = paddedImage(image.width, taps.starts.length);
  const words = new Int32Array(image.data.buffer);
  (taps.count === 8 ? sumEightRows : sumRows)(words, image.stride / 4, taps, out.data);
  return unpadded(out);
}

/** The vertical pass for windows of any length. The four bytes of a word are summed side by side. */
function sumRows(words: Int32Array, stride: number, taps: Taps, data: Uint8ClampedArray): void {
  const { starts, weights, count } = taps;
  for (let y = 0, at = 0; y < starts.length; y++) {
    const from = starts[y]! * stride;
    const end = (y + 1) * count;
    for (let x = 0; x < stride; x++, at += 4) {
      let s0 = HALF;
      let s1 = HALF;
      let s2 = HALF;
      let s3 = HALF;
      for (let k = y * count, i = from + x; k < end; k += 4, i += 4 * stride) {
        const a = words[i]!;
        const b = words[i + stride]!;
        const c = words[i + 2 * stride]!;
        const d = words[i + 3 * stride]!;
        const w0 = weights[k]!;
        const w1 = weights[k + 1]!;
        const w2 = weights[k + 2]!;
        const w3 = weights[k + 3]!;
        s0 = (s0 + imul(a & 255, w0) + imul(b & 255, w1) + imul(c & 255, w2) + imul(d & 255, w3)) | 0;
        // biome-ignore format: one term a row
        s1 = (s1 + imul((a >>> 8) & 255, w0) + imul((b >>> 8) & 255, w1) + imul((c >>> 8) & 255, w2) + imul((d >>> 8) & 255, w3)) | 0;
        // biome-ignore format: one term a row
        s2 = (s2 + imul((a >>> 16) & 255, w0) + imul((b >>> 16) & 255, w1) + imul((c >>> 16) & 255, w2) + imul((d >>> 16) & 255, w3)) | 0;
        s3 = (s3 + imul(a >>> 24, w0) + imul(b >>> 24, w1) + imul(c >>> 24, w2) + imul(d >>> 24, w3)) | 0;
      }
      data[at] = s0 >> PRECISION_BITS;
      data[at + 1] = s1 >> PRECISION_BITS;
      data[at + 2] = s2 >> PRECISION_BITS;
      data[at + 3] = s3 >> PRECISION_BITS;
    }
  }
}

/** The vertical pass for windows of eight rows, whose weights stay in registers; a quarter faster. */
function sumEightRows(words: Int32Array, stride: number, taps: Taps, data: Uint8ClampedArray): void {
  const { starts, weights } = taps;
  for (let y = 0, at = 0; y < starts.length; y++) {
    const w0 = weights[y * 8]!;
    const w1 = weights[y * 8 + 1]!;
    const w2 = weights[y * 8 + 2]!;
    const w3 = weights[y * 8 + 3]!;
    const w4 = weights[y * 8 + 4]!;
    const w5 = weights[y * 8 + 5]!;
    const w6 = weights[y * 8 + 6]!;
    const w7 = weights[y * 8 + 7]!;
    const end = (starts[y]! + 1) * stride;
    for (let i = starts[y]! * stride; i < end; i++, at += 4) {
      const a = words[i]!;
      const b = words[i + stride]!;
      const c = words[i + 2 * stride]!;
      const d = words[i + 3 * stride]!;
      const e = words[i + 4 * stride]!;
      const f = words[i + 5 * stride]!;
      const g = words[i + 6 * stride]!;
      const h = words[i + 7 * stride]!;
      // biome-ignore format: four terms a line
      data[at] = (HALF + imul(a & 255, w0) + imul(b & 255, w1) + imul(c & 255, w2) + imul(d & 255, w3)
        + imul(e & 255, w4) + imul(f & 255, w5) + imul(g & 255, w6) + imul(h & 255, w7)) >> PRECISION_BITS;
      // biome-ignore format: four terms a line
      data[at + 1] = (HALF + imul((a >>> 8) & 255, w0) + imul((b >>> 8) & 255, w1) + imul((c >>> 8) & 255, w2) + imul((d >>> 8) & 255, w3)
        + imul((e >>> 8) & 255, w4) + imul((f >>> 8) & 255, w5) + imul((g >>> 8) & 255, w6) + imul((h >>> 8) & 255, w7)) >> PRECISION_BITS;
      // biome-ignore format: four terms a line
      data[at + 2] = (HALF + imul((a >>> 16) & 255, w0) + imul((b >>> 16) & 255, w1) + imul((c >>> 16) & 255, w2) + imul((d >>> 16) & 255, w3)
        + imul((e >>> 16) & 255, w4) + imul((f >>> 16) & 255, w5) + imul((g >>> 16) & 255, w6) + imul((h >>> 16) & 255, w7)) >> PRECISION_BITS;
      // biome-ignore format: four terms a line
      data[at + 3] = (HALF + imul(a >>> 24, w0) + imul(b >>> 24, w1) + imul(c >>> 24, w2) + imul(d >>> 24, w3)
        + imul(e >>> 24, w4) + imul(f >>> 24, w5) + imul(g >>> 24, w6) + imul(h >>> 24, w7)) >> PRECISION_BITS;
    }
  }
}
