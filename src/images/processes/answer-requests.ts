import { packError } from "../../encoder/packed-error.js";
import { NearlabelError, reasonOf } from "../../errors.js";
import type { Told } from "./asked-process.js";

/** Answers what the process asks that started this one, and ends with it, whatever became of that. */
export function answerRequests<Request, Answer>(answer: (request: Request) => Promise<Answer>): void {
  process.on("disconnect", () => process.exit());
  // Ctrl-C reaches all processes of a terminal. The one that asks says what it ends, and may have something to write before.
  process.on("SIGINT", () => {});
  process.on("message", async (request: Request) => {
    process.send!(await told(request), () => {});
  });

  async function told(request: Request): Promise<Told<Answer>> {
    try {
      return { answer: await answer(request) };
    } catch (error) {
      const known = error instanceof NearlabelError ? error : new NearlabelError("INTERNAL", reasonOf(error));
      return { error: packError(known) };
    }
  }
}
