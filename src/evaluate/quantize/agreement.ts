import type { Model } from "../../encoder/model.js";
import { embedRows } from "../../encoder/rows/embed-rows.js";
import { batches } from "../../encoder/rows/map-ahead.js";
import { NearlabelError } from "../../errors.js";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import type { Label } from "../../labels/set/label.js";
import { row } from "../../math/matrix.js";
import { dot } from "../../math/vector.js";
import type { CosineRange, QuantizedMeasures } from "../../model/quantized/proof.js";
import type { ImageRow } from "../../rows/dataset.js";
import { predict } from "../../scoring/predict.js";
import type { ClassEmbeddings, Prediction } from "../../scoring/scores.js";

/** The same model in two precisions. */
export interface Precisions {
  readonly fp32: Model;
  readonly q8: Model;
}

export interface CheckedOn {
  readonly pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

export type Agreement = Pick<
  QuantizedMeasures,
  "pictures" | "unreadable" | "labels" | "cosine" | "sameFirst" | "sameFive" | "scoreChange" | "accuracy"
>;

export interface Watching {
  readonly signal?: AbortSignal | undefined;
  /** Told of the pictures compared so far. */
  readonly onPicture?: ((done: number) => void) | undefined;
}

/** Pictures that are embedded by one network before the other takes its turn. */
const CHUNK = 64;

/**
 * Embeds pictures and labels in both precisions and compares what comes of them. Memory does not grow with the pictures.
 * @throws NearlabelError INPUT_EMPTY where no picture can be read
 */
export async function compareAgreement(
  { fp32, q8 }: Precisions,
  { pictures, labels, templates }: CheckedOn,
  { signal, onPicture }: Watching,
): Promise<Agreement> {
  const classes = async (model: Model): Promise<ClassEmbeddings> => ({
    labels,
    embeddings: await embedLabels(model, labels, templates, { signal }),
    // The graph that may tell scale and bias is there in fp32 alone.
    scoring: fp32.scoring,
  });
  const exact = await classes(fp32);
  const quantised = await classes(q8);
  const tally = startTally(new Set(labels.map(({ label }) => label)));
  for await (const rows of batches(pictures, CHUNK, signal)) {
    const images = await collected(embedRows(fp32, rows, { signal }));
    const others = await collected(embedRows(q8, rows, { signal }));
    for (const [at, image] of images.entries()) {
      const other = others[at]!;
      if (image.error || other.error) tally.addUnreadable();
      else {
        const [a, b] = [predictAll(image.embedding, exact), predictAll(other.embedding, quantised)];
        tally.add(dot(image.embedding, other.embedding), a, b, rows[at]!.label);
      }
    }
    onPicture?.(tally.pictures());
  }
  signal?.throwIfAborted();
  if (tally.pictures() === 0) {
    throw new NearlabelError(
      "INPUT_EMPTY",
      "There is no picture that can be read to measure q8 on. Give others.",
    );
  }
  const cosines = labels.map((_, at) => dot(row(exact.embeddings, at), row(quantised.embeddings, at)));
  return tally.result(rangeOf(cosines));
}

function predictAll(image: Float32Array, classes: ClassEmbeddings): Prediction[] {
  return predict(image, classes, { topK: classes.labels.length });
}

async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function rangeOf(cosines: readonly number[]): CosineRange {
  return { mean: cosines.reduce((sum, x) => sum + x, 0) / cosines.length, least: Math.min(...cosines) };
}

/** Adds up what pictures show. @param known labels that a known label of a picture may be */
function startTally(known: ReadonlySet<string>) {
  let [pictures, unreadable, first, five, change, largest, cosines, least] = [0, 0, 0, 0, 0, 0, 0, 1];
  const right = { pictures: 0, fp32: 0, q8: 0 };
  return {
    pictures: () => pictures,
    addUnreadable: () => void unreadable++,
    add(cosine: number, exact: readonly Prediction[], other: readonly Prediction[], truth?: string) {
      pictures++;
      cosines += cosine;
      least = Math.min(least, cosine);
      const [best, otherBest] = [exact[0]!, other[0]!];
      if (best.label === otherBest.label) first++;
      const near = new Set(other.slice(0, 5).map(({ label }) => label));
      const nearest = exact.slice(0, 5);
      five += nearest.filter(({ label }) => near.has(label)).length / nearest.length;
      const moved = Math.abs(best.score - other.find(({ label }) => label === best.label)!.score);
      change += moved;
      largest = Math.max(largest, moved);
      if (truth === undefined || !known.has(truth)) return;
      right.pictures++;
      if (best.label === truth) right.fp32++;
      if (otherBest.label === truth) right.q8++;
    },
    result(labels: CosineRange): Agreement {
      const { pictures: told, fp32, q8 } = right;
      return {
        pictures,
        unreadable,
        labels: known.size,
        cosine: { pictures: { mean: cosines / pictures, least }, labels },
        sameFirst: first / pictures,
        sameFive: five / pictures,
        scoreChange: { mean: change / pictures, largest },
        ...(told > 0 && { accuracy: { pictures: told, fp32: fp32 / told, q8: q8 / told } }),
      };
    },
  };
}
