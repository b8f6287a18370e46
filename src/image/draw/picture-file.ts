import { formatOf } from "../decode/format.js";
import { toRgb } from "../decode/rgb.js";
import { loadSharp } from "../decode/sharp.js";
import { isImageFile } from "../image-file.js";
import { MAX_BYTES, readImage } from "../read.js";
import { type ImageSource, isEncoded } from "../source.js";

/** A picture as a file would hold it. */
export interface PictureFile {
  readonly bytes: Uint8Array;
  /** Of the name of a file: `.jpg`. */
  readonly ending: string;
}

/** The encoded bytes of a picture; of decoded pixels a PNG. Errors: those of `readImage`. */
export async function pictureFile(image: ImageSource): Promise<PictureFile> {
  if (isImageFile(image) || isEncoded(image)) {
    const { bytes } = await readImage(image, MAX_BYTES);
    const { id = "", name = "" } = formatOf(bytes) ?? {};
    return { bytes, ending: id === "jpeg" ? ".jpg" : `.${id || name.toLowerCase() || "bin"}` };
  }
  const { data, width, height } = toRgb(image);
  const bytes = await loadSharp()(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return { bytes, ending: ".png" };
}
