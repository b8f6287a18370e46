import { packAnswer } from "../../encoder/packed-error.js";

/** Answers what the process asks that started this one, and ends with it, whatever became of that. */
export function answerRequests<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on("disconnect", () => process.exit());
  // Ctrl-C reaches all processes of a terminal. The one that asks says what it ends, and may have something to write before.
  process.on("SIGINT", () => {});
  process.on("message", async (request: Request) => {
    process.send!(await packAnswer(answer(request)), () => {});
  });
}
