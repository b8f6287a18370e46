/** The entry of the thread that explains: `workerData` is an `ExplainStart`. */
import { workerData } from "node:worker_threads";
import { type LoadOptions, loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { explain } from "../../explain/explain.js";
import { plainExplanation } from "../../explain/plain.js";
import { explainTutorial } from "../../explain/tutorial.js";
import { lazy } from "../../files/lazy.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type { ExplainRequest, ExplainStart } from "./explainer.js";

const { id, options } = workerData as ExplainStart;
const { orientation, decode, maxPixels, maxBytes } = options as LoadOptions;
/** Pictures are read as the model's own are, and no larger ones. */
const decoding = { orientation, decode, maxPixels, maxBytes };
const model = lazy(() => loadModel(id, options));

answerQuestions(
  async (request: ExplainRequest) => explained(request, await model()),
  async () => (await model.take())?.close(),
);

/** The recipe, and beside it what the tutorial's arithmetic gives; without its vectors, which follow from the others. */
async function explained({ picture, labels, templates }: ExplainRequest, loaded: Model): Promise<string> {
  const explanation = await explain(picture, labels, loaded, { templates, decoding });
  const { labelVectors, imageVector, ...tutorial } = await explainTutorial(explanation, loaded);
  return JSON.stringify(plainExplanation({ ...explanation, tutorial }));
}
