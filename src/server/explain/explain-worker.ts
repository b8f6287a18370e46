/** The entry of the thread that explains: `workerData` is an `ExplainStart`. */
import { workerData } from "node:worker_threads";
import { loadModel } from "../../encoder/load.js";
import { explain } from "../../explain/explain.js";
import { plainExplanation } from "../../explain/plain.js";
import { lazy } from "../../files/lazy.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type { ExplainRequest, ExplainStart } from "./explainer.js";

const { id, options } = workerData as ExplainStart;
const model = lazy(() => loadModel(id, options));

answerQuestions(async ({ picture, labels, templates }: ExplainRequest) => {
  const explanation = await explain(picture, labels, await model(), { templates });
  return JSON.stringify(plainExplanation(explanation));
});
