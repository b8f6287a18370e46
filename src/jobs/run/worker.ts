import { type LoadOptions, loadModel } from "../../encoder/load.js";
import { checkConditionalPut } from "../../objects/conditional-put.js";
import { openObjectStore } from "../../objects/open-store.js";
import { readPlan } from "../plan/plan-file.js";
import { type Job, loadOptionsOf, openJob } from "../shard/job.js";

interface WorkerOptions extends Pick<LoadOptions, "threads" | "onNotice"> {
  readonly signal?: AbortSignal | undefined;
}

/** A plan that is open in a program of its own, with the model on this thread. */
interface Worker extends AsyncDisposable {
  readonly job: Job;
}

/** @throws NearlabelError `OBJECTS_UNSAFE`, and what `loadModel` and `openJob` throw */
export async function openWorker(
  place: string,
  { threads, onNotice, signal }: WorkerOptions,
): Promise<Worker> {
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await checkConditionalPut(store, signal);
  const encoder = await loadModel(plan.model.id, { ...loadOptionsOf(plan), threads, onNotice });
  const close = () => encoder.close();
  try {
    return { job: await openJob(place, { encoder, signal }), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}
