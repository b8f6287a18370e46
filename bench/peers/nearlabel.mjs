/** Our side: a classifier that is made once for all photos, and its vision tower alone, on stand-in pictures. */
import { firstOf } from "../../dist/image/preprocess/pixel-batch.js";
import { createClassifier } from "../../dist/index.js";
import { standInPictures } from "../../dist/onnx/inputs.js";
import { answerLines } from "./lines.mjs";

let classifier;
let pixels;
await answerLines({
  async begin(model, labels) {
    await classifier?.close();
    classifier = await createClassifier({ labels, model });
    const { imageSize, imageSteps } = classifier.model;
    pixels = standInPictures(imageSteps.batchSize, imageSize);
  },
  classify: (photos) => classifier.classify(photos),
  async encode(pictures) {
    for (let left = pictures; left > 0; left -= pixels.pictures) {
      await classifier.model.encodePixels(firstOf(pixels, left));
    }
  },
});
await classifier?.close();
