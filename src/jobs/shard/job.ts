import { type Classifier, createClassifier } from "../../classify/classifier.js";
import type { Encoder } from "../../encoder/encoder.js";
import type { LoadOptions } from "../../encoder/load.js";
import { NearlabelError } from "../../errors.js";
import type { ObjectStore } from "../../objects/object-store.js";
import { openObjectStore } from "../../objects/open-store.js";
import type { Dataset, ImageRow } from "../../rows/dataset.js";
import type { Plan } from "../plan/plan.js";
import { readPlan } from "../plan/plan-file.js";
import { openSource } from "../plan/source.js";
import type { ShardRow } from "./shard-row.js";

/** A plan with all that its shards are done with. */
export interface Job {
  readonly store: ObjectStore;
  readonly plan: Plan;
  readonly dataset: Dataset;
  /** What a table calls a row of the data set. */
  readonly pathOf: (row: ImageRow) => string;
  readonly encoder: Encoder;
  /** Finds the labels of embedded rows, where that is the task. */
  readonly labelOf?: (rows: readonly ShardRow[]) => Promise<ShardRow[]>;
}

export interface OpenJobOptions {
  /** A model that is loaded; it must be the plan's. */
  readonly encoder: Encoder;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens a plan to be worked on.
 *
 * @param place where the plan lies
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`; `PLAN_MODEL_MISMATCH` where the model, or what makes pixels of
 * pictures, is another than the plan's; what `openDataset` throws
 */
export async function openJob(place: string, { encoder, signal }: OpenJobOptions): Promise<Job> {
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await checkModel(store, plan, encoder);
  const opened = { store, plan, encoder, ...(await openSource(plan.source)) };
  const { task } = plan;
  if (task.kind !== "classify") return opened;
  const classifier = await createClassifier({
    labels: task.labels,
    templates: task.templates,
    model: encoder,
    signal,
  });
  return { ...opened, labelOf: (rows) => labelled(classifier, rows) };
}

/** How the model of a plan is loaded. */
export function loadOptionsOf({ model, task }: Plan): LoadOptions {
  const { dtype, device, batchSize, decoding } = model;
  return { dtype, device, batchSize, ...decoding, towers: task.kind === "classify" ? "both" : "vision" };
}

async function checkModel(store: ObjectStore, { model }: Plan, { identity }: Encoder): Promise<void> {
  const fingerprint = await identity.fingerprint();
  if (fingerprint !== model.fingerprint) {
    throw new NearlabelError(
      "PLAN_MODEL_MISMATCH",
      `${store.place}: the plan is for the model ${model.id} (${model.fingerprint.slice(0, 19)}), and ${identity.id} here is another one (${fingerprint.slice(0, 19)}). Use the same files, or make another plan.`,
    );
  }
  if (identity.pictures === model.pictures) return;
  throw new NearlabelError(
    "PLAN_MODEL_MISMATCH",
    `${store.place}: pictures become pixels and vectors by "${identity.pictures}" here, and by "${model.pictures}" in the plan, so that the same picture may have another vector. Use the same versions on all machines, or make another plan.`,
  );
}

async function labelled(classifier: Classifier, rows: readonly ShardRow[]): Promise<ShardRow[]> {
  const embedded = rows.filter(({ vector }) => vector);
  const columns = classifier.model.dimension;
  const data = new Float32Array(embedded.length * columns);
  for (const [at, { vector }] of embedded.entries()) data.set(vector!, at * columns);
  const results = await classifier.classifyEmbeddings({ data, rows: embedded.length, columns }, { topK: 1 });
  const found = new Map(embedded.map(({ row }, at) => [row, results[at]?.predictions?.[0]]));
  return rows.map((row) => {
    const best = found.get(row.row);
    return best ? { ...row, label: best.label, score: best.score } : row;
  });
}
