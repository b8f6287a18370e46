/** Our side: a classifier that is made once for all photos. */
import { createClassifier } from "../../dist/index.js";
import { answerLines } from "./lines.mjs";

let classifier;
await answerLines({
  async begin(model, labels) {
    await classifier?.close();
    classifier = await createClassifier({ labels, model });
  },
  classify: (photos) => classifier.classify(photos),
});
await classifier?.close();
