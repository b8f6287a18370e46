import type { QuantizedMeasures } from "../../model/quantized/proof.js";
import { NARROWING } from "../../onnx/quantize/narrowing.js";
import type { ImageRow } from "../../rows/dataset.js";

/**
 * What stays in float32, step by step, until q8 is near enough to it: nothing; tables of embeddings, which are as fast in floats; and the products
 * that lose most, which costs about a third of what q8 gains. In this order they brought most on CIFAR-100 (bench/README.md).
 */
export const STEPS: readonly (readonly string[])[] = [[], ["Gather"], ["Gather", NARROWING]];

/** Mean cosine to fp32, of pictures and of labels, from which on no more is kept: with it the first label was the same for 98 % of CIFAR-100. */
const NEAR = 0.999;

export function isNear({ cosine }: Pick<QuantizedMeasures, "cosine">): boolean {
  return cosine.pictures.mean >= NEAR && cosine.labels.mean >= NEAR;
}

interface FirstPictures {
  readonly first: readonly ImageRow[];
  /** Those and all others. To be read once, to the end or not at all. */
  readonly all: AsyncIterable<ImageRow>;
}

/** Reads `count` pictures ahead, as a stream gives each only once. */
export async function readFirst(
  pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  count: number,
): Promise<FirstPictures> {
  const rows = iterate(pictures);
  const first: ImageRow[] = [];
  while (first.length < count) {
    const { done, value } = await rows.next();
    if (done) break;
    first.push(value);
  }
  async function* all() {
    yield* first;
    yield* rows;
  }
  return { first, all: all() };
}

async function* iterate(pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>): AsyncGenerator<ImageRow> {
  yield* pictures;
}
