/** The peer's side: its pipeline on one photo; the first question also loads the model. */
import { basename, dirname } from "node:path";
import { env, pipeline } from "@huggingface/transformers";

let classify;
process.on("message", async ({ model, labels, photo }) => {
  if (model && !classify) {
    Object.assign(env, {
      allowRemoteModels: false,
      allowLocalModels: true,
      localModelPath: `${dirname(model)}/`,
    });
    classify = await pipeline("zero-shot-image-classification", basename(model), {
      dtype: "fp32",
      device: "cpu",
    });
  }
  const started = performance.now();
  await classify(photo, labels, { hypothesis_template: "a photo of a {}" });
  process.send({ milliseconds: performance.now() - started });
});
