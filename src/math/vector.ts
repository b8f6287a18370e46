/** Dot product, summed in double precision. Both must have the same length. */
export function dot(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Euclidean length. */
export function norm(vector: ArrayLike<number>): number {
  return Math.sqrt(dot(vector, vector));
}

/** Cosine of the angle between two vectors of any length, -1 to 1; NaN where one of them is zero. */
export function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return dot(a, b) / (norm(a) * norm(b));
}

/** `vector` at unit length. A zero vector stays zero; its similarity to everything is 0. */
export function normalise(vector: Float32Array): Float32Array {
  const length = norm(vector);
  return length === 0 ? vector.slice() : divided(vector, length);
}

/** Each number of `vector` divided by `divisor`. */
export function divided(vector: Float32Array, divisor: number): Float32Array {
  const quotients = new Float32Array(vector.length);
  // A loop, as a callback for each number takes three times as long.
  for (let i = 0; i < quotients.length; i++) quotients[i] = vector[i]! / divisor;
  return quotients;
}
