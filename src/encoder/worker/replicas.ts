import { availableParallelism } from "node:os";
import { optionError } from "../../errors.js";
import { BUILT_IN } from "../../model/built-in.js";
import type { LoadOptions } from "../load.js";
import { loadInWorker, type WorkerEncoder } from "./worker-encoder.js";

export interface ReplicaOptions extends LoadOptions {
  /**
   * Copies of the model beside it that share what is asked for at the same time, each in a thread of its own and with the memory of
   * a model; 1 for the model alone. Default: 1; of the built-in model, which is small, one a core, 4 at most.
   */
  replicas?: number | undefined;
}

/** More than there are cores gain nothing; each takes memory. */
const MOST_REPLICAS = 64;

/**
 * Loads a model as `loadInWorker` does, and `replicas` copies of it with a share of the cores, and of the pictures of one run,
 * each. Texts go to the model with all cores, and so do pictures that come while nothing is under way, as it answers soonest;
 * those that come meanwhile go to the copy with the least to do: threads of one run of a small network spend much of their time
 * waiting for each other (bench/README.md). All give the same embeddings, to the bit.
 *
 * @throws NearlabelError as `loadInWorker`; OPTION_INVALID
 */
export async function loadReplicas(id = BUILT_IN, options: ReplicaOptions = {}): Promise<WorkerEncoder> {
  const { replicas = usualReplicas(id, options), ...loadOptions } = options;
  if (!Number.isInteger(replicas) || replicas < 1 || replicas > MOST_REPLICAS)
    throw optionError("replicas", `a whole number from 1 to ${MOST_REPLICAS}`, replicas);
  if (replicas === 1) return loadInWorker(id, loadOptions);
  const alone = await loadInWorker(id, loadOptions);
  const share = (whole: number) => Math.max(1, Math.floor(whole / replicas));
  const { threads = share(availableParallelism()), batchSize = share(alone.batching.size) } = options;
  const copyOptions = { ...loadOptions, threads, batchSize, towers: "vision", onNotice: undefined } as const;
  const loads = Array.from({ length: replicas }, () => loadInWorker(id, copyOptions));
  const loaded = await Promise.allSettled(loads);
  const copies = loaded.flatMap((load) => (load.status === "fulfilled" ? [load.value] : []));
  if (copies.length === replicas) return shared(alone, copies);
  await closeAll([alone, ...copies]);
  throw loaded.find((load) => load.status === "rejected")!.reason;
}

function usualReplicas(id: string, { device = "cpu" }: LoadOptions): number {
  return id === BUILT_IN && device === "cpu" ? Math.min(4, availableParallelism()) : 1;
}

function shared(alone: WorkerEncoder, copies: readonly WorkerEncoder[]): WorkerEncoder {
  const underWay = new Map([alone, ...copies].map((model) => [model, 0]));
  const callsOf = (model: WorkerEncoder) => underWay.get(model)!;
  const next = () => {
    const running = copies.filter(({ ended }) => !ended.aborted);
    const isIdle = [...underWay.values()].every((calls) => calls === 0);
    if (isIdle || running.length === 0) return alone;
    return running.reduce((least, copy) => (callsOf(copy) < callsOf(least) ? copy : least));
  };
  const counted = async <T>(model: WorkerEncoder, work: () => Promise<T>): Promise<T> => {
    underWay.set(model, callsOf(model) + 1);
    try {
      return await work();
    } finally {
      underWay.set(model, callsOf(model) - 1);
    }
  };
  const close = () => closeAll([alone, ...copies]);
  return {
    ...alone,
    batching: {
      ...alone.batching,
      size: copies[0]!.batching.size,
      ahead: copies.reduce((sum, { batching }) => sum + batching.ahead, 0),
    },
    embedTexts: (texts, options) => counted(alone, () => alone.embedTexts(texts, options)),
    async embedImages(images, options) {
      const model = next();
      return counted(model, () => model.embedImages(images, options));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function closeAll(models: readonly WorkerEncoder[]): Promise<void> {
  await Promise.all(models.map((model) => model.close()));
}
