// What the fuzzer calls of the built library. Decoding, tar files, tokenizers and settings are no public entry points,
// so their places are named here and nowhere else.

export { openEmbeddings, readLabelMap } from "../../dist/datasets/index.js";
export { readTar } from "../../dist/datasets/webdataset/tar.js";
export { openFile } from "../../dist/files/byte-source.js";
export { readJsonObject } from "../../dist/files/json.js";
export { decodeImage } from "../../dist/image/decode/decode.js";
export { isImageFile } from "../../dist/image/image-file.js";
export { preprocess } from "../../dist/image/preprocess/preprocess.js";
export { parsePreprocessing } from "../../dist/image/preprocess/preprocessing.js";
export {
  imageFile,
  loadModel,
  openDataset,
  readLabels,
  readTemplates,
} from "../../dist/index.js";
export { openTokenizer } from "../../dist/tokens/tokenizer.js";
