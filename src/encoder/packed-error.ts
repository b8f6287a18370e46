import { codedError, type ErrorCode, isError, NearlabelError } from "../errors.js";

/** A `NearlabelError` between threads, where an error's class and code would be lost. */
export interface PackedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly cause?: unknown;
}

export function packError({ code, message, cause }: NearlabelError): PackedError {
  if (cause === undefined) return { code, message };
  return { code, message, cause: isError(cause) ? new Error(cause.message) : String(cause) };
}

export function unpackError({ code, message, ...options }: PackedError): NearlabelError {
  return new NearlabelError(code, message, options);
}

/** What comes back from another thread or process that was asked something. */
export type PackedAnswer<Answer> =
  | { readonly answer: Answer; readonly error?: never }
  | { readonly error: PackedError; readonly answer?: never };

/** Never rejects: what is no `NearlabelError` goes as INTERNAL. */
export async function packAnswer<Answer>(answering: Promise<Answer>): Promise<PackedAnswer<Answer>> {
  return answering.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error: packError(codedError(error)) }),
  );
}
