import { addAbortListener } from "node:events";
import type { Worker } from "node:worker_threads";
import type { LoadOptions } from "../../encoder/load.js";
import { type PackedError, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { packageThread } from "../../files/package-files.js";
import type { Label } from "../../labels/set/label.js";

/** Shows how a picture gets its labels, away from the thread that answers. */
export interface Explainer {
  /** An `Explanation` as JSON text, as `plainExplanation` makes it. */
  explain(request: ExplainRequest, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export interface ExplainRequest {
  readonly picture: Uint8Array;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

/** What the thread is started with. */
export interface ExplainStart {
  readonly id: string;
  /** What of `LoadOptions` can go to another thread. */
  readonly options: object;
}

export type ExplainMessage = ExplainRequest & { readonly key: number };
export type ExplainReply =
  | { readonly key: number; readonly json: string }
  | { readonly key: number; readonly error: PackedError };

const ENTRY = "dist/bundle/explain-worker.js";

/** The thread and its model, which shows tokens and pixels as an `Encoder` does not, are started with the first request. */
export function createExplainer(id: string, loadOptions: LoadOptions = {}): Explainer {
  const waiting = new Map<number, { resolve(json: string): void; reject(error: unknown): void }>();
  let keys = 0;
  let started: Worker | undefined;
  const start = (): Worker => {
    const options = Object.fromEntries(
      Object.entries(loadOptions).filter(([, value]) => typeof value !== "function"),
    );
    const worker = packageThread(ENTRY, {
      name: `nearlabel explain ${id}`,
      workerData: { id, options } satisfies ExplainStart,
    });
    worker.unref();
    worker.on("message", (reply: ExplainReply) => {
      const { resolve, reject } = waiting.get(reply.key) ?? {};
      if ("json" in reply) resolve?.(reply.json);
      else reject?.(unpackError(reply.error));
    });
    worker.on("error", (cause) => {
      started = undefined;
      for (const { reject } of waiting.values())
        reject(new NearlabelError("INTERNAL", "The thread that explains ended.", { cause }));
    });
    return worker;
  };
  return {
    async explain(request, signal) {
      signal.throwIfAborted();
      started ??= start();
      const key = keys++;
      let listener: Disposable | undefined;
      try {
        return await new Promise<string>((resolve, reject) => {
          waiting.set(key, { resolve, reject });
          listener = addAbortListener(signal, () => reject(signal.reason));
          started!.postMessage({ ...request, key } satisfies ExplainMessage);
        });
      } finally {
        waiting.delete(key);
        listener?.[Symbol.dispose]();
      }
    },
    async close() {
      await started?.terminate();
    },
  };
}
