import { checkPart } from "../arguments.js";
import { embeddingAt } from "../encoder/embedding-batch.js";
import type { Encoder } from "../encoder/encoder.js";
import { NearlabelError } from "../errors.js";
import { contentHash, type HashedImage } from "../image/content-hash.js";
import { readExamples, type StoredExample, writeExamples } from "../labels/examples/example-table.js";
import type { LabelIndex } from "../labels/index/label-index.js";
import type { Label } from "../labels/set/label.js";
import { labelMatcher } from "../labels/set/match.js";
import { type Matrix, matrixOf } from "../math/matrix.js";
import type { ImageRow } from "../rows/dataset.js";
import type { ClassEmbeddings } from "../scoring/scores.js";
import { adaptClasses, meanWeight } from "./class-means.js";
import type { Examples } from "./examples.js";

export interface AddExamplesOptions {
  signal?: AbortSignal | undefined;
  /** Called with the number of pictures done so far. */
  onProgress?: ((done: number) => void) | undefined;
}

/** A label that a picture was given with. */
export interface Naming {
  readonly id: string | number;
  readonly label: string;
}

/** What became of the pictures that were given as examples. */
export interface AddedExamples {
  readonly added: number;
  /** Those that were there with another label, and now have this one. */
  readonly updated: number;
  readonly unchanged: number;
  /** Pictures that were given more than once with one label: each counts once. */
  readonly repeated: number;
  /** Pictures that were given with several labels, as often as they were given. They are left out: which label is right is not known. */
  readonly contradictory: readonly Naming[];
  /** Pictures that could not be read or encoded. */
  readonly failures: readonly { readonly id: string | number; readonly error: NearlabelError }[];
  /** Examples that the index has now, for each of its labels. */
  readonly counts: ReadonlyMap<string, number>;
  /** How much the means of the examples count beside the words, 0 to 1; chosen on the examples alone. */
  readonly weight: number;
}

/** Pictures read and encoded at a time. */
const CHUNK = 32;

/**
 * Stores pictures with known labels in a label index. From then on its class embeddings are moved towards the means of
 * their examples ({@link adaptClasses}). Nothing is trained. All or none is written; a picture that is there already, by
 * its contents, is neither encoded nor added again; one that is given with several labels is left out. What was fitted for the index is dropped, as when labels change.
 *
 * @param pictures Each with a label of the index.
 * @throws NearlabelError `LABELS_INVALID` for a label that is not in the index, `INDEX_MODEL_MISMATCH`, `WRITE_FAILED`.
 */
export async function addExamples(
  index: LabelIndex,
  model: Encoder,
  pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>,
  { signal, onProgress }: AddExamplesOptions = {},
): Promise<AddedExamples> {
  checkPart("index", index);
  checkPart("model", model);
  await index.checkModel(model);
  const { labels, embeddings } = await index.labels();
  const classes = { labels, embeddings, scoring: index.info };
  const match = labelMatcher(labels.map(({ label }) => label));
  const stored = new Map((await readExamples(index)).map((example) => [example.id, example]));
  const given = new Map<string, StoredExample>();
  const namings = new Map<string, Naming[]>();
  const failures: Failure[] = [];
  let done = 0;
  for await (const chunk of chunks(pictures)) {
    signal?.throwIfAborted();
    const labelled = chunk.map((picture) => withKnownLabel(index.path, match, picture));
    const found = await embedNew(labelled, model, (hash) => given.get(hash) ?? stored.get(hash), signal);
    for (const { picture, hash, embedding, error } of found) {
      if (error) {
        failures.push({ id: picture.id, error });
        continue;
      }
      const label = picture.label!;
      given.set(hash, { id: hash, label, embedding });
      namings.set(hash, [...(namings.get(hash) ?? []), { id: picture.id, label }]);
    }
    done += chunk.length;
    onProgress?.(done);
  }
  const { repeated, contradictory } = leaveOutContradictory(given, namings);
  const changed = [...given.values()].filter(({ id, label }) => stored.get(id)?.label !== label);
  const all = classExamples(new Map([...stored, ...given]).values(), classes);
  const weight = changed.length > 0 ? meanWeight(classes, all) : (index.info.examples?.weight ?? 0);
  if (changed.length > 0) await writeExamples(index, changed, weight);
  const updated = changed.filter(({ id }) => stored.has(id)).length;
  return {
    added: changed.length - updated,
    updated,
    unchanged: given.size - changed.length,
    repeated,
    contradictory,
    failures,
    counts: countsOf(all, classes),
    weight,
  };
}

/**
 * The labels of an index with their class embeddings, moved towards the examples where it has some. This is what
 * classification goes by.
 *
 * @throws NearlabelError `INDEX_INVALID` where stored examples are damaged.
 */
export async function adaptedLabels(
  index: LabelIndex,
): Promise<{ labels: readonly Label[]; embeddings: Matrix }> {
  checkPart("index", index);
  const { labels, embeddings } = await index.labels();
  const classes = { labels, embeddings, scoring: index.info };
  const examples = classExamples(await readExamples(index), classes);
  const adapted =
    examples.classes.length === 0 ? classes : adaptClasses(classes, examples, index.info.examples?.weight);
  return { labels, embeddings: adapted.embeddings };
}

type Failure = AddedExamples["failures"][number];

/** Takes pictures that were given with several labels out of `given`, and counts those that came again with the same. */
function leaveOutContradictory(
  given: Map<string, StoredExample>,
  namings: ReadonlyMap<string, readonly Naming[]>,
): Pick<AddedExamples, "repeated" | "contradictory"> {
  let repeated = 0;
  const contradictory: Naming[] = [];
  for (const [hash, each] of namings) {
    if (new Set(each.map(({ label }) => label)).size === 1) repeated += each.length - 1;
    else {
      contradictory.push(...each);
      given.delete(hash);
    }
  }
  return { repeated, contradictory };
}

type Embedded =
  | {
      readonly picture: ImageRow;
      readonly hash: string;
      readonly embedding: Float32Array;
      readonly error?: never;
    }
  | {
      readonly picture: ImageRow;
      readonly hash?: never;
      readonly embedding?: never;
      readonly error: NearlabelError;
    };

/** Each picture with its hash and embedding; only those that `find` does not know are encoded. */
async function embedNew(
  pictures: readonly ImageRow[],
  model: Encoder,
  find: (hash: string) => StoredExample | undefined,
  signal: AbortSignal | undefined,
): Promise<Embedded[]> {
  const hashed = await Promise.all(
    pictures.map(({ image, error }) => error ?? contentHash(image).catch(asError)),
  );
  const fresh = new Map<string, HashedImage>();
  for (const image of hashed) {
    if (!(image instanceof NearlabelError) && !find(image.hash)) fresh.set(image.hash, image);
  }
  const embedded = await model.embedImages(
    Array.from(fresh.values(), ({ source }) => source),
    { signal },
  );
  const places = new Map([...fresh.keys()].map((hash, at) => [hash, at]));
  return pictures.map((picture, at) => {
    const image = hashed[at]!;
    if (image instanceof NearlabelError) return { picture, error: image };
    const found = find(image.hash) ?? embeddingAt(embedded, places.get(image.hash)!);
    if (found instanceof NearlabelError) return { picture, error: found };
    return { picture, hash: image.hash, embedding: found.embedding };
  });
}

function asError(error: unknown): NearlabelError {
  if (error instanceof NearlabelError) return error;
  throw error;
}

/** Number of examples for each label. */
function countsOf({ classes: positions }: Examples, { labels }: ClassEmbeddings): Map<string, number> {
  const counts = new Map(labels.map(({ label }) => [label, 0]));
  for (const position of positions) {
    const { label } = labels[position]!;
    counts.set(label, counts.get(label)! + 1);
  }
  return counts;
}

/** The examples of the labels that there are. Those of a label that was removed since are left out. */
function classExamples(examples: Iterable<StoredExample>, { labels, embeddings }: ClassEmbeddings): Examples {
  const places = new Map(labels.map(({ label }, position) => [label, position]));
  const kept = [...examples].filter(({ label }) => places.has(label));
  return {
    embeddings: matrixOf(
      kept.map(({ embedding }) => embedding),
      embeddings.columns,
    ),
    classes: kept.map(({ label }) => places.get(label)!),
  };
}

/** The picture with its label as the index writes it. */
function withKnownLabel(
  path: string,
  match: (known: string) => string | undefined,
  picture: ImageRow,
): ImageRow {
  const { id, label } = picture;
  const known = label === undefined ? undefined : match(label);
  if (known !== undefined) return known === label ? picture : { ...picture, label: known };
  const what = label === undefined ? "no label" : `label ${JSON.stringify(label)}`;
  throw new NearlabelError(
    "LABELS_INVALID",
    `${path}: expected a label of the index, got ${what} with ${id}. Add the label first, or leave the picture out. Nothing was added.`,
  );
}

async function* chunks(pictures: AsyncIterable<ImageRow> | Iterable<ImageRow>): AsyncGenerator<ImageRow[]> {
  let chunk: ImageRow[] = [];
  for await (const picture of pictures) {
    chunk.push(picture);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}
