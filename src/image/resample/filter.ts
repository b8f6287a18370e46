/** The resampling filters of Pillow, by its names. */
export type ResamplingFilter = "nearest" | "box" | "bilinear" | "hamming" | "bicubic" | "lanczos";

/** A filter that weighs samples: zero outside `-support` to `support`, in pixels of the coarser grid. */
export interface Kernel {
  readonly support: number;
  readonly weight: (x: number) => number;
}

// Pillow has the two Hamming coefficients in single precision; the weights follow from the rounded values.
const HAMMING_MEAN = Math.fround(0.54);
const HAMMING_SWING = Math.fround(0.46);

/** Keys's cubic convolution parameter (IEEE ASSP 29, 1981), as in Pillow. OpenCV and PyTorch take -0.75. */
const CUBIC_A = -0.5;

/** Every filter but `nearest`, which takes one sample and weighs nothing. */
export const KERNELS: Readonly<Record<Exclude<ResamplingFilter, "nearest">, Kernel>> = {
  box: { support: 0.5, weight: (x) => (x > -0.5 && x <= 0.5 ? 1 : 0) },
  bilinear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  hamming: { support: 1, weight: hamming },
  bicubic: { support: 2, weight: bicubic },
  lanczos: { support: 3, weight: (x) => (x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0) },
};

function bicubic(x: number): number {
  const distance = Math.abs(x);
  if (distance < 1) return ((CUBIC_A + 2) * distance - (CUBIC_A + 3)) * distance * distance + 1;
  if (distance < 2) return (((distance - 5) * distance + 8) * distance - 4) * CUBIC_A;
  return 0;
}

function hamming(x: number): number {
  if (x === 0) return 1;
  const distance = Math.abs(x);
  if (distance >= 1) return 0;
  const angle = distance * Math.PI;
  return (Math.sin(angle) / angle) * (HAMMING_MEAN + HAMMING_SWING * Math.cos(angle));
}

function sinc(x: number): number {
  if (x === 0) return 1;
  const angle = x * Math.PI;
  return Math.sin(angle) / angle;
}
