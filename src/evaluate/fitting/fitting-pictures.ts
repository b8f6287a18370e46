import type { EmbeddingCache } from "../../encoder/embedding-cache.js";
import type { Encoder } from "../../encoder/encoder.js";
import { listed, type NearlabelError } from "../../errors.js";
import { counted } from "../../math/number-text.js";
import type { Dataset } from "../../rows/dataset.js";
import { limit as firstRows } from "../../rows/select/limit.js";
import { withoutPictures } from "../../rows/select/without-pictures.js";
import { type EmbeddedPictures, embedPictures } from "../pictures.js";

/** How the pictures are embedded that something is fitted on for an index. */
export interface FittingOptions {
  /** Pictures of each data set at most: the first ones. Default: all. */
  readonly limit?: number | undefined;
  /** Where embeddings of pictures are kept. Default: nowhere. */
  readonly cache?: EmbeddingCache | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with the number of pictures of the data set done so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
}

/** Pictures that count neither in what is fitted nor in what is measured, and why. */
export interface LeftOut {
  /** Examples of the index: its class embeddings were moved towards them. */
  readonly examples: number;
  /** The same picture again, by its contents. */
  readonly repeated: number;
  /** Of unknown pictures, those that are among the known ones as well. Absent for known pictures. */
  readonly known?: number;
  /** Of a label that pictures of their kind must not have: known ones one that is not in the index, unknown ones one that is. */
  readonly otherLabels: number;
  /** Those labels, each once. */
  readonly labels: readonly string[];
  /** Without a label, where one is needed. */
  readonly unlabelled: number;
}

/** The pictures of one data set that something may be fitted on. */
export interface FittingPictures {
  readonly pictures: EmbeddedPictures;
  /** Positions in `pictures` of those that count: with an embedding and a fitting label. */
  readonly positions: readonly number[];
  /** Content hashes of those that count. */
  readonly hashes: ReadonlySet<string>;
  readonly leftOut: LeftOut;
  /** Pictures that could not be read or embedded. */
  readonly failures: readonly { readonly id: string | number; readonly error: NearlabelError }[];
}

/** What decides which pictures of a data set count. */
export interface Fitting {
  /** Content hashes of the index's examples. */
  readonly examples: ReadonlySet<string>;
  /** Content hashes of the known pictures, where these are to be unknown ones. */
  readonly known?: ReadonlySet<string>;
  /** What to do with a picture of this label. */
  fits(label: string | undefined): "yes" | "other label" | "no label";
}

/** Embeds the pictures of `dataset`, each once, but for those that are examples of the index or known pictures. */
export async function fittingPictures(
  dataset: Dataset,
  model: Encoder,
  { examples, known, fits }: Fitting,
  { limit, ...options }: FittingOptions,
): Promise<FittingPictures> {
  const first = limit === undefined ? dataset : firstRows(dataset, limit);
  const kinds = { examples, known: known ?? new Set<string>() };
  const chosen = withoutPictures(first, kinds, { distinct: true });
  const pictures = await embedPictures(model, chosen.dataset, options);
  const { leftOut, repeated, hashes } = chosen.met();
  const positions: number[] = [];
  const others: string[] = [];
  let unlabelled = 0;
  for (const [position, label] of pictures.labels.entries()) {
    if (pictures.failures.has(position)) continue;
    const fit = fits(label);
    if (fit === "yes") positions.push(position);
    else if (fit === "other label") others.push(label!);
    else unlabelled++;
  }
  return {
    pictures,
    positions,
    hashes: new Set(positions.flatMap((position) => hashes[position] ?? [])),
    leftOut: {
      examples: leftOut.examples,
      ...(known && { known: leftOut.known }),
      repeated,
      otherLabels: others.length,
      labels: [...new Set(others)],
      unlabelled,
    },
    failures: [...pictures.failures].map(([position, error]) => ({ id: pictures.ids[position]!, error })),
  };
}

/** What was left out and why, in words: `3 pictures that are examples of the index; 1 picture that came before`. Empty for none. */
export function leftOutText({ examples, repeated, known, otherLabels, labels, unlabelled }: LeftOut): string {
  const names = listed(labels.map((label) => JSON.stringify(label)));
  const where = known === undefined ? "not in the index" : "in the index";
  const kinds: readonly (readonly [count: number, why: string])[] = [
    [examples, "in the examples of the index"],
    [known ?? 0, "among the known pictures as well"],
    [repeated, "there more than once"],
    [otherLabels, `with a label that is ${where} (${labels.length}): ${names}`],
    [unlabelled, "without a label"],
  ];
  return kinds
    .filter(([count]) => count > 0)
    .map(([count, why]) => `${counted(count, "picture")} ${why}`)
    .join("; ");
}
