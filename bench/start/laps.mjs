/** The parts of one cold start, as JSON: [name, milliseconds] each. */
let last = performance.now();
const laps = [];
function lap(name) {
  const now = performance.now();
  laps.push([name, now - last]);
  last = now;
}

await import("../../dist/cli/classify.js");
lap("nearlabel's code");
const { loadModel } = await import("../../dist/model/load.js");
const model = await loadModel("mini");
lap("configuration of the model");
model.tokenize(["a photo of a cup"]);
lap("tokenizer");
await import("onnxruntime-node");
lap("ONNX Runtime's library");
await model.embedTexts(["a photo of a bus", "a photo of a cup", "a photo of a guitar"]);
lap("text tower, opened and run");
await import("sharp");
lap("sharp's library");
const pixels = await model.preprocess(process.argv[2]);
lap("decode and preprocess");
await model.encodePixels([pixels]);
lap("picture tower, opened and run");
console.log(JSON.stringify(laps));
process.exit(0);
