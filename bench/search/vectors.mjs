import { normalise } from "../../dist/math/vector.js";

/** A generator of its own: Mersenne Twister takes minutes for 512 million numbers. */
function generator(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    // xorshift32 of Marsaglia 2003.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32 - 0.5;
  };
}

/**
 * `rows` unit vectors as embeddings of photographs lie: one cluster a 100 rows, within which they spread in 32 directions. Without
 * `clusters` they spread in 64 directions, all over the space, which is harder for an index.
 */
export function embeddingsLike(rows, columns, { clustered = true, seed = 1 } = {}) {
  const random = generator(seed);
  const inner = clustered ? 32 : 64;
  const basis = Float32Array.from({ length: inner * columns }, random);
  const centres = clustered ? Math.ceil(rows / 100) : 1;
  const middles = Float32Array.from({ length: centres * columns }, random);
  const data = new Float32Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    const middle = Math.floor((random() + 0.5) * centres) * columns;
    const vector = data.subarray(r * columns, (r + 1) * columns);
    if (clustered) for (let i = 0; i < columns; i++) vector[i] = middles[middle + i];
    for (let b = 0; b < inner; b++) {
      const share = (clustered ? 0.35 : 1) * random();
      const at = b * columns;
      for (let i = 0; i < columns; i++) vector[i] += share * basis[at + i];
    }
    vector.set(normalise(vector));
  }
  return { data, rows, columns };
}
