import { NearlabelError } from "../errors.js";
import { contentHash, type HashedImage } from "../image/content-hash.js";
import type { ImageSource } from "../image/source.js";
import { createEmbeddingBatch, embeddingAt } from "./embedding-batch.js";
import type { EmbeddingCache } from "./embedding-cache.js";
import type { Encoder } from "./encoder.js";
import { imageError } from "./preprocess/batch.js";

/**
 * `encoder`, which first looks in `cache` for the pictures that it is given, and keeps there what it had to embed. A
 * picture that is known is read and hashed, not decoded.
 */
export function cachedEncoder(encoder: Encoder, cache: EmbeddingCache): Encoder {
  return {
    ...encoder,
    async embedImages(images, options = {}) {
      const writer = createEmbeddingBatch(images.length, encoder.dimension);
      const hashed = await Promise.all(images.map((image) => hashOf(image, encoder.batching.maxBytes)));
      options.signal?.throwIfAborted();
      const unknown = await takeKnown(hashed, cache, writer);
      if (unknown.length === 0) return writer.batch;
      const sources = unknown.map(({ source }) => source);
      const { nameOf } = options;
      const embedded = await encoder.embedImages(sources, {
        ...options,
        nameOf: nameOf && ((index) => nameOf(unknown[index]!.position)),
      });
      for (const [index, { position, hash }] of unknown.entries()) {
        const found = embeddingAt(embedded, index);
        if (found instanceof NearlabelError) writer.addError(position, found);
        else {
          writer.addEmbedding(position, found);
          cache.put(hash, found);
        }
      }
      return writer.batch;
    },
  };
}

/** Errors and known embeddings go to `writer`; the pictures that are left are returned, with their positions. */
async function takeKnown(
  hashed: readonly (HashedImage | NearlabelError)[],
  cache: EmbeddingCache,
  writer: ReturnType<typeof createEmbeddingBatch>,
): Promise<(HashedImage & { readonly position: number })[]> {
  const readable = [...hashed.entries()].flatMap(([position, found]) => {
    if (!(found instanceof NearlabelError)) return [{ ...found, position }];
    writer.addError(position, found);
    return [];
  });
  const known = await cache.getMany(readable.map(({ hash }) => hash));
  return readable.filter(({ position }, index) => {
    const embedding = known[index];
    if (embedding) writer.addEmbedding(position, embedding);
    return !embedding;
  });
}

async function hashOf(image: ImageSource, maxBytes: number): Promise<HashedImage | NearlabelError> {
  try {
    return await contentHash(image, maxBytes);
  } catch (error) {
    return imageError(error);
  }
}
