import { addAbortListener } from "node:events";
import type { Worker } from "node:worker_threads";
import { type PackedAnswer, unpackError } from "../../encoder/packed-error.js";
import { NearlabelError } from "../../errors.js";
import { packageThread } from "../../files/package-files.js";

/** A thread that answers questions, so that what takes long does not hold up the thread that answers HTTP. */
export interface AskedThread<Question, Answer> {
  /**
   * Rejects with the signal's reason once that aborts. The thread begins nothing that nobody waits for; what it began it works on to the
   * end, unless its answer looks whether anybody does.
   */
  ask(question: Question, signal: AbortSignal): Promise<Answer>;
  /** Ends the thread once it has done what it began, or after five seconds: ended while a network runs, it may take the process with it. */
  close(): Promise<void>;
}

/** What the thread is told; `null` in place of it ends the thread. */
export interface ToldQuestion<Question> {
  readonly question: Question;
  /** Of shared memory, as a thread at work reads no message: 1 once nobody waits for the answer. */
  readonly over: Int32Array;
}

/** For what a thread began before it is ended, in milliseconds. */
const PATIENCE = 5000;

interface Asked<Question, Answer> extends ToldQuestion<Question> {
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
  const waiting = new Set<Asked<Question, Answer>>();
  let current: Asked<Question, Answer> | undefined;
  let worker: Worker | undefined;
  // One after the other: what is taken back while it waits costs nothing.
  const askNext = () => {
    const [next] = waiting;
    if (current || !next) return;
    worker ??= open();
    waiting.delete(next);
    current = next;
    const { question, over } = next;
    worker.postMessage({ question, over } satisfies ToldQuestion<Question>);
  };
  const open = (): Worker => {
    const opened = packageThread(`dist/bundle/${entry}`, { name: entry, workerData: start });
    opened.unref();
    opened.on("message", ({ answer, error }: PackedAnswer<Answer>) => {
      if (error) current?.reject(unpackError(error));
      else current?.resolve(answer as Answer);
      current = undefined;
      askNext();
    });
    let cause: unknown;
    opened.on("error", (error) => {
      cause = error;
    });
    opened.on("exit", () => {
      worker = undefined;
      current?.reject(new NearlabelError("INTERNAL", `The thread ${entry} ended.`, { cause }));
      current = undefined;
      askNext();
    });
    return opened;
  };
  return {
    async ask(question, signal) {
      signal.throwIfAborted();
      let listener: Disposable | undefined;
      let asked: Asked<Question, Answer> | undefined;
      try {
        return await new Promise<Answer>((resolve, reject) => {
          asked = { question, over: new Int32Array(new SharedArrayBuffer(4)), resolve, reject };
          listener = addAbortListener(signal, () => reject(signal.reason));
          waiting.add(asked);
          askNext();
        });
      } finally {
        waiting.delete(asked!);
        Atomics.store(asked!.over, 0, 1);
        listener?.[Symbol.dispose]();
      }
    },
    async close() {
      for (const { reject } of waiting)
        reject(new NearlabelError("INTERNAL", `The thread ${entry} is closed.`));
      waiting.clear();
      if (!worker) return;
      const closing = worker;
      // However it ends: an error of its own is no fault of who closes it.
      const ended = new Promise((resolve) => closing.once("exit", resolve));
      closing.ref();
      closing.postMessage(null);
      const late = setTimeout(() => void closing.terminate(), PATIENCE);
      await ended;
      clearTimeout(late);
    },
  };
}
