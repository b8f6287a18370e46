import { installedVersion } from "../../files/package-files.js";

/** To be raised whenever the same bytes become other pixels here: what was embedded before is then embedded anew. */
const PREPROCESSING_VERSION = 1;

/**
 * What decodes and preprocesses pictures, for whatever keeps embeddings: two programs whose answers are the same make the same
 * pixels. By sharp's version, which comes with one libvips and its decoders; where sharp was built against another libvips
 * of the machine, a change of that is not seen.
 */
export function preprocessingVersion(): string {
  return `pixels ${PREPROCESSING_VERSION}, sharp ${installedVersion("sharp")}`;
}
