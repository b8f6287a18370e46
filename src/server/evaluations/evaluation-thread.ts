import { addAbortListener } from "node:events";
import { type PackedError, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { packageThread } from "../../files/package-files.js";
import { RequestError } from "../problems/request-error.js";
import type { RunSummary, WantedEvaluation } from "./evaluations.js";

/** What a model is loaded by in another thread. */
export interface ModelSource {
  readonly id: string;
  /** What of `LoadOptions` can go to another thread. */
  readonly options: object;
}

/** What the thread is started with. */
export interface EvaluationJob extends WantedEvaluation {
  readonly path: string;
  /** Those of its runs, by the names that requests call them by. */
  readonly models: Readonly<Record<string, ModelSource>>;
  /** Folder in which embeddings of pictures are kept. */
  readonly cache?: string | undefined;
}

/** What came of it. */
export interface EvaluationDone {
  readonly pictures: number;
  readonly runs: readonly RunSummary[];
  /** `ReportData` as JSON. */
  readonly report: Uint8Array<ArrayBuffer>;
  /** `Answers` as JSON. */
  readonly answers: Uint8Array<ArrayBuffer>;
}

export type ThreadMessage =
  | { readonly type: "progress"; readonly done: number; readonly total?: number | undefined }
  | ({ readonly type: "done" } & EvaluationDone)
  | {
      readonly type: "failed";
      readonly error: PackedError;
      /** What clients are told of it. */
      readonly told: string;
    };

/** Milliseconds for a thread to end by itself once it is told to. */
const PATIENCE = 5000;

/** Evaluates in a thread of its own, which ends with it. Rejects with the signal's reason as soon as that aborts. */
export function evaluateInThread(
  job: EvaluationJob,
  signal: AbortSignal,
  onProgress: (done: number, total?: number) => void,
): Promise<EvaluationDone> {
  signal.throwIfAborted();
  const thread = packageThread("dist/bundle/evaluation-worker.js", {
    name: "evaluation",
    workerData: job,
  });
  thread.unref();
  return new Promise<EvaluationDone>((resolve, reject) => {
    const listener = addAbortListener(signal, () => {
      thread.postMessage("stop");
      setTimeout(() => void thread.terminate(), PATIENCE).unref();
      reject(signal.reason);
    });
    thread.on("message", (message: ThreadMessage) => {
      if (message.type === "progress") onProgress(message.done, message.total);
      else if (message.type === "done") resolve(message);
      else reject(new RequestError(message.error.code, message.told, { cause: unpackError(message.error) }));
    });
    thread.on("error", reject);
    thread.on("exit", () => {
      listener[Symbol.dispose]();
      reject(new NearlabelError("INTERNAL", "The thread of an evaluation ended before it was done."));
    });
  });
}
