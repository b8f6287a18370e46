import { NearlabelError } from "../errors.js";
import { divided, norm } from "../math/vector.js";

/** An embedding at unit length, and the length that it had. */
export interface UnitEmbedding {
  readonly embedding: Float32Array;
  readonly norm: number;
}

/** `vector` as a network gave it, at unit length; or VECTOR_INVALID, which names it by `nameOf`, where it has no direction. */
export function unitEmbedding(vector: Float32Array, nameOf: () => string): UnitEmbedding | NearlabelError {
  const length = norm(vector);
  if (Number.isFinite(length) && length > 0) return { embedding: divided(vector, length), norm: length };
  return new NearlabelError(
    "VECTOR_INVALID",
    `The model gave ${nameOf()} an embedding that is zero or not finite. Weights of a higher precision ` +
      "(dtype) may help; an input that always does this is not usable with this model.",
  );
}
