import { unitEmbedding } from "../encoder/embedding-batch.js";
import type { Model } from "../encoder/model.js";
import { NearlabelError } from "../errors.js";
import { type DecodeOptions, decodeImage } from "../image/decode/decode.js";
import { cropOf, resizedSize, resizeForModel } from "../image/preprocess/preprocess.js";
import type { Preprocessing } from "../image/preprocess/preprocessing.js";
import { resample } from "../image/resample/resample.js";
import type { ImageSource, RgbImage } from "../image/source.js";
import { row } from "../math/matrix.js";
import type { ExplainedPicture, Explanation, ResizedPicture } from "./explanation.js";

/** Pixels of a resized picture that are kept at most: 12 MB. */
const MOST_RESIZED = 2 ** 22;

/** From a picture to its embedding. @throws NearlabelError as `decodeImage` does; `VECTOR_INVALID` */
export async function explainPicture(
  source: ImageSource,
  model: Model,
  decoding: DecodeOptions | undefined,
): Promise<Pick<Explanation, "picture" | "imageEmbedding" | "imageNorm">> {
  const decoded = await decodeImage(source, decoding);
  const pixels = await model.preprocess([{ ...decoded, channels: 3 }]);
  const found = unitEmbedding(row(await model.encodePixels(pixels), 0), () => "the picture");
  if (found instanceof NearlabelError) throw found;
  const normalised = { data: pixels.data, ...model.imageSize };
  return {
    picture: { ...stagesOf(decoded, model.preprocessing), normalised },
    imageEmbedding: found.embedding,
    imageNorm: found.norm,
  };
}

/** All that is done to a picture before it is normalised. */
function stagesOf(decoded: RgbImage, preprocessing: Preprocessing): Omit<ExplainedPicture, "normalised"> {
  const { crop, rescaleFactor = 1, normalisation } = preprocessing;
  const resized = resizedPicture(decoded, preprocessing);
  return {
    width: decoded.width,
    height: decoded.height,
    resized,
    ...(crop && { crop: cropOf(resized, crop) }),
    cropped: resizeForModel(decoded, preprocessing),
    rescaleFactor,
    ...(normalisation && { normalisation }),
  };
}

function resizedPicture(decoded: RgbImage, { resize, filter }: Preprocessing): ResizedPicture {
  const size = resizedSize(decoded, resize);
  return size.width * size.height > MOST_RESIZED ? size : resample(decoded, size, filter);
}
