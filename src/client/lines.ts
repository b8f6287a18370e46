import { bodyOf, cutOff } from "./answer.js";
import { errorOfProblem } from "./server-error.js";

/**
 * The `count` values of an answer that comes as one JSON object a line, as they come.
 * @throws ServerError that the server sent in place of the rest, or where the answer is cut off; the reason of `signal`
 */
export async function* linesOf<T>(
  response: Response,
  count: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  let done = 0;
  for await (const line of textLines(response, signal)) {
    const value = parsed(line, response) as { readonly error?: { readonly status?: number } };
    // The error of one picture has no status: it is a result.
    if (typeof value.error?.status === "number") throw errorOfProblem(value.error, value.error.status);
    done++;
    yield value as T;
  }
  if (done < count) throw cutOff(response);
}

function parsed(line: string, response: Response): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw cutOff(response, cause);
  }
}

async function* textLines(response: Response, signal: AbortSignal | undefined): AsyncGenerator<string> {
  const reader = response.body!.getReader();
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await bodyOf(response, () => reader.read(), signal);
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
