import { types } from "node:util";
import { type MessagePort, parentPort } from "node:worker_threads";
import { packAnswer } from "../../encoder/packed-error.js";
import type { ToldQuestion } from "./asked-thread.js";

/**
 * Answers what the thread of an `AskedThread` is asked.
 * @param answer may ask now and then whether anybody still waits for it
 * @param close called before the thread ends
 */
export function answerQuestions<Question, Answer>(
  answer: (question: Question, isOver: () => boolean) => Promise<Answer>,
  close?: () => Promise<void>,
): void {
  const port = parentPort as MessagePort;
  let answering: Promise<void> | undefined;
  port.on("message", async (told: ToldQuestion<Question> | null) => {
    if (told) {
      answering = reply(told);
      return;
    }
    await answering;
    await close?.();
    port.close();
  });
  const reply = async ({ question, over }: ToldQuestion<Question>) => {
    const packed = await packAnswer(answer(question, () => Atomics.load(over, 0) === 1));
    port.postMessage(packed, movedWith(packed.answer));
  };
}

/** Bytes that are an array's own change threads in place of being copied: they may be many. */
function movedWith(answer: unknown): ArrayBuffer[] {
  const isWhole = types.isUint8Array(answer) && answer.byteLength === answer.buffer.byteLength;
  return isWhole ? [answer.buffer as ArrayBuffer] : [];
}
