/** The parts of one cold start, as JSON: [name, milliseconds] each. Arguments: the library's entry, a picture. */
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [library, picture] = process.argv.slice(2);
const require = createRequire(import.meta.url);
const laps = [];
let last = performance.now();
function lap(name) {
  const now = performance.now();
  laps.push([name, now - last]);
  last = now;
}

const { imageFile, loadModel } = await import(pathToFileURL(library).href);
lap("nearlabel's library");
const model = await loadModel("mini");
lap("configuration of the model");
model.tokenize(["a photo of a cup"]);
lap("tokenizer");
require("onnxruntime-node");
lap("ONNX Runtime's library");
await model.embedTexts(["a photo of a bus", "a photo of a cup", "a photo of a guitar"]);
lap("text tower, opened and run");
require("sharp");
lap("sharp's library");
const pixels = await model.preprocess([imageFile(picture)]);
lap("decode and preprocess");
await model.encodePixels(pixels);
lap("picture tower, opened and run");
console.log(JSON.stringify(laps));
process.exit(0);
