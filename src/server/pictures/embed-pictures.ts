import { type Embedding, embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import type { NearlabelError } from "../../errors.js";
import type { ReceivedPicture } from "./picture.js";

/** What became of each picture of a request, in their order: those that were refused cost nothing. Takes their bytes. */
export async function embedPictures(
  encoder: Encoder,
  pictures: readonly ReceivedPicture[],
): Promise<(Embedding | NearlabelError)[]> {
  const batch = await encoder.embedImages(
    pictures.flatMap(({ bytes }) => bytes ?? []),
    { transfer: true },
  );
  let position = 0;
  return pictures.map((picture) => (picture.bytes ? embeddingAt(batch, position++) : picture.error));
}
