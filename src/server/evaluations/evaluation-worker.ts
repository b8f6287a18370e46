/** The entry of the thread of one evaluation: `workerData` is an `EvaluationJob`. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { openDataset } from "../../datasets/open.js";
import { openEmbeddingCache } from "../../embeddings/embedding-cache.js";
import type { EmbeddingCache } from "../../encoder/embedding-cache.js";
import type { Encoder } from "../../encoder/encoder.js";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { packError } from "../../encoder/packed-error.js";
import { codedError, NearlabelError } from "../../errors.js";
import { type EvaluationResult, evaluate } from "../../evaluate/evaluate.js";
import { OtherLabelsError } from "../../evaluate/parts.js";
import { modelRuns, namedRuns, type UnnamedRun } from "../../evaluate/runs.js";
import { labelSet } from "../../labels/set/label-set.js";
import { thumbnailKey } from "../../report/data.js";
import { picturesShown } from "../../report/html.js";
import { thumbnailsOf } from "../../report/thumbnails.js";
import type { Dataset } from "../../rows/dataset.js";
import { labelsIn } from "../../rows/labels-in.js";
import { sample } from "../../rows/select/sample.js";
import { RequestError } from "../problems/request-error.js";
import { answersOf } from "./answers.js";
import { shownEvaluation, toldId } from "./dataset-place.js";
import type { EvaluationDone, EvaluationJob, ThreadMessage } from "./evaluation-thread.js";
import type { WantedRun } from "./evaluations.js";

const port = parentPort as MessagePort;
const job = workerData as EvaluationJob;
const stop = new AbortController();
const { signal } = stop;
const models = new Map<string, Model>();

/** Milliseconds between words on how far it is. */
const PACE = 100;

port.on("message", () => stop.abort());
try {
  say({ type: "done", ...(await done()) });
} catch (error) {
  const coded = codedError(error);
  say({ type: "failed", error: packError(coded), told: coded.publicMessage });
} finally {
  for (const model of models.values()) await model.close();
  port.close();
}

async function done(): Promise<EvaluationDone> {
  const whole = await openDataset(job.path, { split: job.split });
  const labels = await labelsIn(whole);
  const named = {
    ...whole,
    name: job.split === undefined ? job.dataset : `${job.dataset}, ${job.split}`,
    labels,
  };
  const dataset = job.sample === undefined ? named : await sample(named, job.sample, job.seed);
  const runs: UnnamedRun[] = [];
  for (const run of job.runs) runs.push(await runOf(run, labels));
  const result = await evaluate({
    dataset,
    runs: namedRuns(runs),
    seed: job.seed,
    otherLabels: job.otherLabels,
    cacheOf: job.cache === undefined ? undefined : cacheOf,
    signal,
    onProgress: progressOf(dataset, new Set(job.runs.map(({ model }) => model)).size),
  }).catch(tellAboutLabels);
  return told(result, dataset);
}

/** What is wrong with labels is told in full: it names them, and the data set as the server calls it, and nothing of its files. */
function tellAboutLabels(error: unknown): never {
  const { code, kind, message } = codedError(error);
  if (kind !== "input" && !(error instanceof OtherLabelsError)) throw error;
  throw new RequestError(code, message, { cause: error });
}

async function runOf(
  { model: name, labels, labelsName, templates, original }: WantedRun,
  own: readonly string[],
) {
  const { id, options } = job.models[name]!;
  const model = models.get(name) ?? (await loadModel(id, options));
  models.set(name, model);
  const choice = { name: labelsName, labels: labels ?? labelSet(own) };
  const [run] = modelRuns(model, choice, { templateSets: original ? [] : [templates], original });
  return { ...run!, parts: { ...run!.parts, model: name } };
}

/** Tells of pictures of all models together, but not of each. */
function progressOf({ size }: Dataset, count: number): (done: number, model: Encoder) => void {
  const met = new Map<Encoder, number>();
  let last = 0;
  return (done, model) => {
    met.set(model, done);
    if (performance.now() - last < PACE) return;
    last = performance.now();
    const sum = [...met.values()].reduce((total, each) => total + each, 0);
    say({ type: "progress", done: sum, total: size && size * count });
  };
}

/** Without it every picture is embedded anew, and the figures are the same. */
async function cacheOf({ identity, dimension }: Encoder): Promise<EmbeddingCache | undefined> {
  const fingerprint = await identity.fingerprint();
  const space = { model: identity.id, fingerprint, dimension, variant: identity.pictures };
  return openEmbeddingCache(job.cache!, space).catch((error: unknown) => {
    if (!(error instanceof NearlabelError)) throw error;
    return undefined;
  });
}

async function told(result: EvaluationResult, dataset: Dataset): Promise<EvaluationDone> {
  const thumbnails = await thumbnailsOf(dataset, picturesShown(result.evaluation), { signal });
  const evaluation = shownEvaluation(result.evaluation, job);
  const shown = [...thumbnails].map(([id, uri]) => [thumbnailKey(toldId(id, job)), uri]);
  return {
    pictures: evaluation.dataset.pictures,
    runs: evaluation.runs.map(({ name, model, metrics }) => {
      const { value, low, high } = metrics["acc@1"];
      return { name, model: model.id, accuracy: { value, low, high } };
    }),
    report: jsonBytes({ evaluation, thumbnails: Object.fromEntries(shown) }),
    answers: jsonBytes(answersOf(result)),
  };
}

function jsonBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Bytes change threads and are not copied: they may be many. */
function say(message: ThreadMessage): void {
  const moved = message.type === "done" ? [message.report.buffer, message.answers.buffer] : [];
  if (!signal.aborted) port.postMessage(message, moved);
}
