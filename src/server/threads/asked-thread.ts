import { addAbortListener } from "node:events";
import type { Worker } from "node:worker_threads";
import { type PackedError, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { packageThread } from "../../files/package-files.js";

/** A thread that answers questions, so that what takes long does not hold up the thread that answers HTTP. */
export interface AskedThread<Question, Answer> {
  /** Rejects with the signal's reason once that aborts; the thread works on to the end of what it began. */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
  close(): Promise<void>;
}

/** What goes to the thread. `key` tells questions apart. */
export interface Asked<Question> {
  readonly key: number;
  readonly question: Question;
}

/** What comes back. */
export type Answered<Answer> = { readonly key: number } & (
  | { readonly answer: Answer; readonly error?: never }
  | { readonly error: PackedError; readonly answer?: never }
);

interface Waiting<Answer> {
  resolve(answer: Answer): void;
  reject(error: unknown): void;
}

/**
 * @param entry file in `dist/bundle`, whose thread answers as `answerQuestions` does
 * @param start data that the thread is started with, at the first question
 */
export function createAskedThread<Question, Answer>(
  entry: string,
  start: object,
): AskedThread<Question, Answer> {
  const waiting = new Map<number, Waiting<Answer>>();
  let keys = 0;
  let worker: Worker | undefined;
  const open = (): Worker => {
    const opened = packageThread(`dist/bundle/${entry}`, { name: entry, workerData: start });
    opened.unref();
    opened.on("message", ({ key, answer, error }: Answered<Answer>) => {
      if (error) waiting.get(key)?.reject(unpackError(error));
      else waiting.get(key)?.resolve(answer as Answer);
    });
    let cause: unknown;
    opened.on("error", (error) => {
      cause = error;
    });
    opened.on("exit", () => {
      if (worker === opened) worker = undefined;
      for (const { reject } of waiting.values()) {
        reject(new NearlabelError("INTERNAL", `The thread ${entry} ended.`, { cause }));
      }
    });
    return opened;
  };
  return {
    async ask(question, signal) {
      signal.throwIfAborted();
      worker ??= open();
      const key = keys++;
      let listener: Disposable | undefined;
      try {
        return await new Promise<Answer>((resolve, reject) => {
          waiting.set(key, { resolve, reject });
          listener = addAbortListener(signal, () => reject(signal.reason));
          worker!.postMessage({ key, question } satisfies Asked<Question>);
        });
      } finally {
        waiting.delete(key);
        listener?.[Symbol.dispose]();
      }
    },
    async close() {
      await worker?.terminate();
    },
  };
}
