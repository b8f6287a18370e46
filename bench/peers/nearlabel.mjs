/**
 * Our side: a classifier that is made once for all photos, and its vision tower alone, on stand-in pictures. The argument is the
 * precision of the weights.
 */
import { firstOf } from "../../dist/image/preprocess/pixel-batch.js";
import { createClassifier, loadModel } from "../../dist/index.js";
import { standInPictures } from "../../dist/onnx/inputs.js";
import { answerLines } from "./lines.mjs";

let model;
let classifier;
let pixels;
await answerLines({
  async begin(folder, labels) {
    await classifier?.close();
    await model?.close();
    model = await loadModel(folder, { dtype: process.argv[2] });
    classifier = await createClassifier({ labels, model });
    pixels = standInPictures(model.batching.size, model.imageSize);
  },
  classify: (photos) => classifier.classify(photos),
  async encode(pictures) {
    for (let left = pictures; left > 0; left -= pixels.pictures) {
      await model.encodePixels(firstOf(pixels, left));
    }
  },
});
await classifier?.close();
await model?.close();
