// What the fuzzer calls of the built library. Decoding, tar files, tokenizers and settings are no public entry points,
// so their places are named here and nowhere else.

export {
  loadModel,
  openDataset,
  openEmbeddings,
  readLabelMap,
  readLabels,
  readTemplates,
} from "../../dist/bundle/index.js";
export { readTar } from "../../dist/datasets/webdataset/tar.js";
export { readJsonObject } from "../../dist/files/json.js";
export { decodeImage } from "../../dist/image/decode/decode.js";
export { preprocess } from "../../dist/image/preprocess/preprocess.js";
export { parsePreprocessing } from "../../dist/image/preprocess/preprocessing.js";
export { openTokenizer } from "../../dist/tokens/tokenizer.js";
