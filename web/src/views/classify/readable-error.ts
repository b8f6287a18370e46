import { ServerError } from "nearlabel/client";

/** The record of a picture that has no embedding, as an error that a note can show. */
export function readableError(error: unknown): unknown {
  if (error instanceof Error) return error;
  const { code, message } = Object(error) as { code?: string; message?: string };
  return new ServerError(code ?? "INTERNAL", message ?? String(error));
}
