import { errorOfProblem } from "./server-error.js";
import { cutOff } from "./transport.js";

/**
 * The values of an answer that comes as one JSON object a line, as they come.
 * @throws ServerError that the server sent in place of the rest; where the answer is cut off
 */
export async function* linesOf<T>(response: Response): AsyncGenerator<T> {
  for await (const line of textLines(response)) {
    const value = parsed(line, response) as { readonly error?: { readonly status?: number } };
    // The error of one picture has no status: it is a result.
    if (typeof value.error?.status === "number") throw errorOfProblem(value.error, value.error.status);
    yield value as T;
  }
}

function parsed(line: string, response: Response): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw cutOff(response, cause);
  }
}

async function* textLines(response: Response): AsyncGenerator<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw cutOff(response, cause);
      });
      if (done) break;
      const lines = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
    if (rest !== "") yield rest;
  } finally {
    // Who stops reading wants no more.
    await reader.cancel().catch(() => {});
  }
}
