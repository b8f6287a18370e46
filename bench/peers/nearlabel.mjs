/** Our side: a classifier that is made once for all photos, and its vision tower alone, on noughts. */
import { firstOf, pixelCount } from "../../dist/image/pixel-batch.js";
import { createClassifier } from "../../dist/index.js";
import { answerLines } from "./lines.mjs";

let classifier;
let pixels;
await answerLines({
  async begin(model, labels) {
    await classifier?.close();
    classifier = await createClassifier({ labels, model });
    const { imageSize, imageSteps } = classifier.model;
    const { batchSize: pictures } = imageSteps;
    pixels = { data: new Float32Array(pictures * pixelCount(imageSize)), pictures };
  },
  classify: (photos) => classifier.classify(photos),
  async encode(pictures) {
    for (let left = pictures; left > 0; left -= pixels.pictures) {
      await classifier.model.encodePixels(firstOf(pixels, left));
    }
  },
});
await classifier?.close();
