import { rmSync } from "node:fs";
import { buildLabelIndex, createClassifier, loadModel } from "nearlabel";

/** The labels of both pictures, found with a label index built in this folder. */
export async function classifyWithIndex(folder) {
  rmSync(folder, { recursive: true, force: true });
  const model = await loadModel("mini");
  const index = await buildLabelIndex(folder, { labels: ["bus", "cup"], model });
  const classifier = await createClassifier({ index, model });
  const results = await classifier.classify(
    ["bus", "cup"].map((name) => `node_modules/nearlabel/samples/${name}.png`),
  );
  await classifier.close();
  return results.map((result) => result.predictions[0].label).join(" ");
}
