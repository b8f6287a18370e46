import { ServerError } from "./server-error.js";

/** The body of an answer, as `read` has it. @throws ServerError where it is cut off or no JSON, or the reason of `signal` */
export async function bodyOf<T>(
  response: Response,
  read: () => Promise<T>,
  signal: AbortSignal | undefined,
): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    signal?.throwIfAborted();
    throw cutOff(response, cause);
  }
}

/** An answer that ended before its end. */
export function cutOff({ status }: Response, cause?: unknown): ServerError {
  return new ServerError("SERVER_RESPONSE_INVALID", "The answer was cut off, or is no JSON.", {
    status,
    cause,
  });
}
