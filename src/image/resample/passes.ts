import type { Region, RgbImage } from "../source.js";
import { createKernels, type Kernels, LOW_BITS } from "./kernels.js";
import type { Taps } from "./taps.js";

/** RGB pixels in the memory of `kernels`, in rows of `pitch` bytes, a multiple of 16 and more than `width` pixels. */
interface Placed {
  readonly at: number;
  readonly pitch: number;
  readonly width: number;
  readonly height: number;
}

/** Taps in the memory of `kernels`. */
interface PlacedTaps {
  readonly starts: number;
  readonly startsEnd: number;
  readonly weights: number;
  readonly groups: number;
}

const PAGE_BYTES = 65_536;
/** Beyond the end of what is placed: the horizontal pass reads up to four pixels past it, whose weights are 0. */
const SLACK_BYTES = 64;
/** Of a picture that is copied in before they are resampled, so that they are still in the processor's cache. */
const BAND_BYTES = 128 * 1024;
/** A memory that grew past this is given up after use, so that one large picture does not hold it for good. */
const KEPT_BYTES = 32 * 2 ** 20;

/** Made at the first resize; each thread has its own. */
let kernels: Kernels | undefined;
let used = 0;

/** What to do along each axis of a part of a picture; an axis without taps is left alone. */
export interface Passes {
  readonly across: Taps | undefined;
  readonly down: Taps | undefined;
  readonly verticalFirst: boolean;
}

/** The part `region` of `image`, resampled. The taps are those of the part: their first sample is its first. */
export function resampleRegion(image: RgbImage, region: Region, passes: Passes): RgbImage {
  kernels ??= createKernels();
  used = 0;
  try {
    return imageOf(kernels, runPasses(kernels, image, region, passes));
  } finally {
    if (kernels.memory.buffer.byteLength > KEPT_BYTES) kernels = undefined;
  }
}

function runPasses(run: Kernels, image: RgbImage, region: Region, passes: Passes): Placed {
  const { across, down, verticalFirst } = passes;
  // The vertical pass may read rows past the last, whose weights are 0.
  const height = Math.max(region.height, down?.span ?? 0);
  if (across && !(down && verticalFirst)) {
    const narrow = resampleBands(run, image, region, across, height);
    return down ? resampleColumns(run, narrow, down) : narrow;
  }
  const whole = allocatePicture(run, region.width, height);
  copyIn(run, image, region, whole);
  const short = down ? resampleColumns(run, whole, down) : whole;
  if (!across) return short;
  const out = allocatePicture(run, across.starts.length, short.height);
  resampleRows(run, short, placeTaps(run, across, 3), out);
  return out;
}

/** The horizontal pass over `region`, band by band; `height` is that of the result, whose last rows may be unused. */
function resampleBands(run: Kernels, image: RgbImage, region: Region, taps: Taps, height: number): Placed {
  const placedTaps = placeTaps(run, taps, 3);
  const out = allocatePicture(run, taps.starts.length, height);
  const rows = Math.min(region.height, Math.ceil(BAND_BYTES / (region.width * 3)));
  const band = allocatePicture(run, region.width, rows);
  for (let y = 0; y < region.height; y += rows) {
    const part = { ...region, top: region.top + y, height: Math.min(rows, region.height - y) };
    copyIn(run, image, part, band);
    resampleRows(run, { ...band, height: part.height }, placedTaps, { ...out, at: out.at + y * out.pitch });
  }
  return out;
}

function resampleRows(run: Kernels, source: Placed, taps: PlacedTaps, out: Placed): void {
  const { starts, startsEnd, weights, groups } = taps;
  run.across(source.at, source.pitch, source.height, starts, startsEnd, weights, groups, out.at, out.pitch);
}

function resampleColumns(run: Kernels, source: Placed, taps: Taps): Placed {
  const { starts, startsEnd, weights, groups } = placeTaps(run, taps, source.pitch);
  const out = allocatePicture(run, source.width, taps.starts.length);
  run.down(source.at, source.pitch, starts, startsEnd, weights, groups, out.at);
  return out;
}

/** `step` is the number of bytes from one sample to the next. */
function placeTaps(run: Kernels, { starts, weights, count }: Taps, step: number): PlacedTaps {
  const startsAt = allocate(run, starts.byteLength);
  const weightsAt = allocate(run, weights.byteLength);
  const { buffer } = run.memory;
  new Int32Array(buffer, startsAt, starts.length).set(starts.map((start) => start * step));
  const halves = new Int16Array(buffer, weightsAt, weights.length * 2);
  for (let i = 0, to = 0; i < weights.length; i += 4, to += 8) {
    for (let k = 0; k < 4; k++) {
      halves[to + k] = weights[i + k]! & ((1 << LOW_BITS) - 1);
      halves[to + k + 4] = weights[i + k]! >> LOW_BITS;
    }
  }
  return { starts: startsAt, startsEnd: startsAt + starts.byteLength, weights: weightsAt, groups: count / 4 };
}

function allocatePicture(run: Kernels, width: number, height: number): Placed {
  const pitch = Math.ceil((width * 3 + 1) / 16) * 16;
  return { at: allocate(run, pitch * height), pitch, width, height };
}

/** The address of `bytes` bytes, a multiple of 16, until the next resize. */
function allocate({ memory }: Kernels, bytes: number): number {
  const at = used;
  used += Math.ceil(bytes / 16) * 16;
  const missing = used + SLACK_BYTES - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE_BYTES));
  return at;
}

function copyIn({ memory }: Kernels, image: RgbImage, region: Region, { at, pitch }: Placed): void {
  const bytes = new Uint8Array(memory.buffer);
  for (let y = 0; y < region.height; y++) {
    const from = ((region.top + y) * image.width + region.left) * 3;
    bytes.set(image.data.subarray(from, from + region.width * 3), at + y * pitch);
  }
}

function imageOf({ memory }: Kernels, { at, pitch, width, height }: Placed): RgbImage {
  const bytes = new Uint8Array(memory.buffer);
  const data = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    data.set(bytes.subarray(at + y * pitch, at + y * pitch + width * 3), y * width * 3);
  }
  return { data, width, height };
}
