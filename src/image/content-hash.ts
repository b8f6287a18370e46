import { createHash } from "node:crypto";
import { checkDecoded } from "./decode/rgb.js";
import { isImageFile } from "./image-file.js";
import { MAX_BYTES, readImage } from "./read.js";
import { type DecodedImage, type ImageSource, isEncoded } from "./source.js";

/** A picture, told from all others by what it holds. */
export interface HashedImage {
  /** SHA-256 in 64 hexadecimal digits, of the encoded bytes or of decoded pixels with their size. */
  readonly hash: string;
  /** The same picture. One that was given as a file is held in memory, so that its file is not read again. */
  readonly source: ImageSource;
}

/**
 * The SHA-256 of a picture's contents: of the encoded bytes, so that neither its name nor its place matters, or of
 * decoded pixels with width, height and channels. Another encoding of the same pixels has another hash.
 *
 * Errors are those that `decodeImage` has before it decodes: IMAGE_NOT_FOUND, IMAGE_UNREADABLE, IMAGE_EMPTY,
 * IMAGE_TOO_LARGE (more than `maxBytes`, default 256 MiB); IMAGE_UNSUPPORTED, IMAGE_CORRUPT or IMAGE_EMPTY for
 * pixels that are none.
 */
export async function contentHash(source: ImageSource, maxBytes = MAX_BYTES): Promise<HashedImage> {
  if (!isImageFile(source) && !isEncoded(source)) return { hash: hashOfPixels(source), source };
  const { bytes, name } = await readImage(source, maxBytes);
  const hash = createHash("sha256").update(bytes).digest("hex");
  // A File, for messages name a picture by its file name.
  return { hash, source: isImageFile(source) ? new File([bytes], name) : source };
}

/** The size comes first: the same values are other pictures at 2 x 8 and at 4 x 4. */
function hashOfPixels(image: DecodedImage): string {
  checkDecoded(image, "decoded picture");
  const { data, width, height, channels } = image;
  return createHash("sha256").update(`pixels ${width} ${height} ${channels}\0`).update(data).digest("hex");
}
