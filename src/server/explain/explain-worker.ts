/** The entry of the thread that explains: `workerData` is an `ExplainStart`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { loadModel } from "../../encoder/load.js";
import { packError } from "../../encoder/packed-error.js";
import { codedError } from "../../errors.js";
import { explain } from "../../explain/explain.js";
import { plainExplanation } from "../../explain/plain.js";
import { lazy } from "../../files/lazy.js";
import type { ExplainMessage, ExplainReply, ExplainStart } from "./explainer.js";

const port = parentPort as MessagePort;
const { id, options } = workerData as ExplainStart;
const model = lazy(() => loadModel(id, options));

port.on("message", async ({ key, picture, labels, templates }: ExplainMessage) => {
  const reply = await model()
    .then((loaded) => explain(picture, labels, loaded, { templates }))
    .then((explanation): ExplainReply => ({ key, json: JSON.stringify(plainExplanation(explanation)) }))
    .catch((error: unknown): ExplainReply => ({ key, error: packError(codedError(error)) }));
  port.postMessage(reply);
});
