import { type ErrorCode, NearlabelError } from "../../errors.js";

/**
 * An error about a request, in words for whoever sent it: its message names nothing but what the request held, so that it may be
 * told to strangers.
 */
export class RequestError extends NearlabelError {
  /** Seconds after which it is worth trying again. */
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, message: string, options?: { cause?: unknown; retryAfter?: number }) {
    super(code, message, options);
    this.retryAfter = options?.retryAfter;
  }

  override get publicMessage(): string {
    return this.message;
  }
}

export function requestInvalid(message: string): RequestError {
  return new RequestError("REQUEST_INVALID", message);
}

export function busy(waiting: number, retryAfter = 1): RequestError {
  return new RequestError(
    "SERVER_BUSY",
    `${waiting} pictures and texts wait already, which is as many as the server takes. Try again in ${retryAfter} s.`,
    { retryAfter },
  );
}

/**
 * What `check` gives. Its errors are about what the request held alone, such as its labels, and are told in full.
 * @throws RequestError
 */
export function fromRequest<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof NearlabelError && error.kind === "input") {
      throw new RequestError(error.code, error.message, { cause: error });
    }
    throw error;
  }
}

/** What `work` gives; what was wrong with the request is told with `name` in place of the place on disk of what it is about. */
export async function toldAs<T>(name: string, place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof NearlabelError) || error instanceof RequestError || error.kind !== "input")
      throw error;
    throw new RequestError(error.code, error.message.replaceAll(place, name), { cause: error });
  }
}
