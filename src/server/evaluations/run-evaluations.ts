import { codedError, type NearlabelError } from "../../errors.js";
import { RequestError } from "../problems/request-error.js";
import { createCellFinder } from "./cell-pictures.js";
import { type EvaluationFolder, openEvaluationFolder, type StoredEvaluation } from "./evaluation-folder.js";
import { evaluateInThread, type ModelSource } from "./evaluation-thread.js";
import type { EvaluationEntry, Evaluations, ServedDataset, WantedEvaluation } from "./evaluations.js";

export interface EvaluationsOptions {
  readonly datasets: readonly ServedDataset[];
  /** What the server's models are loaded by, by the names that requests call them by. */
  readonly models: ReadonlyMap<string, ModelSource>;
  /** Where evaluations are kept. */
  readonly folder: string;
  /** Folder in which embeddings of pictures are kept, so that the next evaluation takes seconds. Default: nowhere. */
  readonly cache?: string | undefined;
  /** Told why one failed, in full. Default: nobody is. */
  readonly onFailure?: ((id: string, error: NearlabelError) => void) | undefined;
}

interface Job {
  entry: EvaluationEntry;
  readonly wanted: Pick<WantedEvaluation, "dataset" | "split">;
  readonly stop: AbortController;
}

/** What a job is run with. */
interface Runner extends EvaluationsOptions {
  readonly stored: EvaluationFolder;
}

/** Evaluations that wait at most. */
const MOST_WAITING = 20;
/** Evaluations that failed, of which those before are forgotten: nothing else is kept of them. */
const MOST_FAILED = 100;

/** Opens what was evaluated before. @throws NearlabelError WRITE_FAILED */
export async function openEvaluations(options: EvaluationsOptions): Promise<Evaluations> {
  const datasets = new Map(options.datasets.map((dataset) => [dataset.name, dataset]));
  const stored = await openEvaluationFolder(options.folder);
  const cells = createCellFinder();
  const jobs = new Map((await stored.list()).map((each) => [each.entry.id, jobOf(each)]));
  let last = Promise.resolve();
  const jobWith = (id: string, state?: EvaluationEntry["state"]): Job => {
    const found = jobs.get(id);
    if (found && (state === undefined || found.entry.state === state)) return found;
    throw notFound(id, found);
  };
  return {
    datasets,
    list: ({ limit, offset }) =>
      newestFirst([...jobs.values()].map(({ entry }) => entry)).slice(offset, offset + limit),
    start(wanted, request) {
      const { path } = checked(wanted, datasets, options.models);
      checkWaiting([...jobs.values()]);
      const job = newJob(wanted, request);
      jobs.set(job.entry.id, job);
      last = last
        .then(() => run(job, { ...wanted, path }, { ...options, stored }))
        .then(() => forgetFailed(jobs));
      return job.entry;
    },
    get: (id) => jobWith(id).entry,
    report: (id) => stored.report(jobWith(id, "done").entry.id),
    async cell(id, cell, signal) {
      const { wanted } = jobWith(id, "done");
      const path = datasets.get(wanted.dataset)?.path;
      const place = path === undefined ? undefined : { path, split: wanted.split };
      return cells.find({ answers: stored.answersFile(id), cell, place }, signal);
    },
    async remove(id) {
      jobWith(id).stop.abort();
      jobs.delete(id);
      await stored.remove(id);
    },
    async close() {
      for (const { stop } of jobs.values()) stop.abort();
      await last;
      await cells.close();
    },
  };
}

async function run(
  job: Job,
  wanted: WantedEvaluation & { readonly path: string },
  { models, cache, stored, onFailure }: Runner,
): Promise<void> {
  const { signal } = job.stop;
  const began = performance.now();
  const tell = (done: number, total?: number) => {
    const seconds = (performance.now() - began) / 1000;
    job.entry = { ...job.entry, state: "running", progress: { done, total, seconds } };
  };
  try {
    signal.throwIfAborted();
    tell(0);
    const sources = Object.fromEntries(wanted.runs.map(({ model }) => [model, models.get(model)!]));
    const done = await evaluateInThread({ ...wanted, models: sources, cache }, signal, tell);
    const { progress: _, ...entry } = job.entry;
    const ended = { ...entry, state: "done" as const, pictures: done.pictures, runs: done.runs };
    await stored.put({ entry: ended, wanted: job.wanted }, done);
    if (signal.aborted) await stored.remove(entry.id);
    job.entry = ended;
  } catch (error) {
    const coded = codedError(error);
    if (!signal.aborted) onFailure?.(job.entry.id, coded);
    job.entry = failedEntry(job.entry, coded);
  }
}

function newJob(wanted: WantedEvaluation, request: object): Job {
  const { dataset, split } = wanted;
  const id = crypto.randomUUID();
  const created = new Date().toISOString();
  return jobOf({ entry: { id, created, state: "waiting", request, dataset }, wanted: { dataset, split } });
}

function jobOf({ entry, wanted }: StoredEvaluation): Job {
  return { entry, wanted, stop: new AbortController() };
}

function failedEntry(
  { progress: _, ...entry }: EvaluationEntry,
  { code, publicMessage }: NearlabelError,
): EvaluationEntry {
  return { ...entry, state: "failed", error: { code, message: publicMessage } };
}

function forgetFailed(jobs: Map<string, Job>): void {
  const failed = [...jobs].filter(([, { entry }]) => entry.state === "failed");
  // A map keeps the order of insertion.
  for (const [id] of failed.slice(0, -MOST_FAILED)) jobs.delete(id);
}

function newestFirst(entries: readonly EvaluationEntry[]): EvaluationEntry[] {
  return [...entries].sort((a, b) => (a.created < b.created ? 1 : -1));
}

/** @throws RequestError SERVER_BUSY */
function checkWaiting(jobs: readonly Job[]): void {
  const waiting = jobs.filter(({ entry }) => entry.state === "waiting").length;
  if (waiting < MOST_WAITING) return;
  throw new RequestError("SERVER_BUSY", `${waiting} evaluations wait already.`, { retryAfter: 60 });
}

/** The data set that is meant. @throws RequestError DATASET_NOT_FOUND, MODEL_NOT_FOUND, REQUEST_INVALID */
function checked(
  { dataset, split, runs }: WantedEvaluation,
  datasets: ReadonlyMap<string, ServedDataset>,
  models: ReadonlyMap<string, ModelSource>,
): ServedDataset {
  const found = datasets.get(dataset);
  if (!found) {
    const known = datasets.size === 0 ? "it has none" : `it has ${[...datasets.keys()].join(", ")}`;
    throw new RequestError("DATASET_NOT_FOUND", `The server has no data set "${dataset}": ${known}.`);
  }
  if (split !== undefined && !found.splits.includes(split)) {
    const known = found.splits.length === 0 ? "it has none" : `it has ${found.splits.join(", ")}`;
    throw new RequestError("REQUEST_INVALID", `"${dataset}" has no split "${split}": ${known}.`);
  }
  const missing = runs.find(({ model }) => !models.has(model));
  if (missing) throw new RequestError("MODEL_NOT_FOUND", `There is no model "${missing.model}".`);
  return found;
}

function notFound(id: string, found: Job | undefined): RequestError {
  const what = found ? `The evaluation ${id} is not done.` : `There is no evaluation ${id}.`;
  return new RequestError("EVALUATION_NOT_FOUND", what);
}
