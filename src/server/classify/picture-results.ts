import type { Answer, Classes } from "../../classify/classes.js";
import type { Embedding } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { sevenDigits } from "../../math/digits.js";
import type { PredictOptions } from "../../scoring/scores.js";
import { embedPictures } from "../pictures/embed-pictures.js";
import type { ReceivedPicture } from "../pictures/picture.js";
import { asTheyCome } from "./as-they-come.js";

/** What became of one picture of a request. */
export type PictureResult = { readonly index: number; readonly id: string } & (
  | ReturnType<typeof plainAnswer>
  | { readonly error: { readonly code: string; readonly message: string } }
);

/** What pictures are compared with, and how. */
export interface Classifying {
  readonly encoder: Encoder;
  readonly classes: Classes;
  readonly options: PredictOptions;
}

/** One result a picture, in their order. */
export async function classifyPictures(
  pictures: readonly ReceivedPicture[],
  how: Classifying,
): Promise<PictureResult[]> {
  return resultsOf(pictures, 0, await embedPictures(how.encoder, pictures), how);
}

/** The same, each result as soon as it is there, in any order. */
export async function* streamPictures(
  pictures: readonly ReceivedPicture[],
  how: Classifying,
): AsyncGenerator<PictureResult> {
  const results = pictures.map(async (picture, index) => {
    const found = await embedPictures(how.encoder, [picture]);
    return (await resultsOf([picture], index, found, how))[0]!;
  });
  yield* asTheyCome(results);
}

async function resultsOf(
  pictures: readonly ReceivedPicture[],
  from: number,
  found: readonly (Embedding | NearlabelError)[],
  { classes, options }: Classifying,
): Promise<PictureResult[]> {
  const embeddings = found.flatMap((each) => (each instanceof NearlabelError ? [] : [each.embedding]));
  const answers = (await classes.nearest(embeddings, options)).values();
  return found.map((each, at) => {
    const head = { index: from + at, id: pictures[at]!.name };
    return each instanceof NearlabelError
      ? { ...head, error: { code: each.code, message: each.publicMessage } }
      : { ...head, ...plainAnswer(answers.next().value!) };
  });
}

/** As docs/output.md has it, with the logit. */
function plainAnswer({ predictions, calibrated, unknown }: Answer) {
  return {
    ...(calibrated && { calibrated }),
    ...(unknown && { unknown: { ...unknown, value: sevenDigits(unknown.value) } }),
    predictions: predictions.map(({ label, score, similarity, distance, logit, rank }) => ({
      label,
      score: sevenDigits(score),
      similarity: sevenDigits(similarity),
      distance: sevenDigits(distance),
      logit: sevenDigits(logit),
      rank,
    })),
  };
}
