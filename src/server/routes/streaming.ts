import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import { toldError } from "../problems/problem.js";

/** A form in which results come one by one. */
interface StreamForm {
  readonly type: string;
  write(value: unknown, event: "result" | "error" | "end"): string;
}

const FORMS: readonly StreamForm[] = [
  {
    type: "application/x-ndjson",
    write: (value, event) => (event === "end" ? "" : `${JSON.stringify(value)}\n`),
  },
  {
    type: "text/event-stream",
    write: (value, event) => `event: ${event}\ndata: ${JSON.stringify(value)}\n\n`,
  },
];

/** The form of a stream that the client asked for, if it did: one JSON object a line, or server-sent events. */
export function streamForm({ headers }: FastifyRequest): StreamForm | undefined {
  const accepted = headers.accept ?? "";
  return FORMS.find(({ type }) => accepted.includes(type));
}

/**
 * Sends results as they come. What goes wrong on the way is the last of them, as `{ error: problem }`, for the status is sent by then.
 * Each result has the time of a request.
 */
export function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  { type, write }: StreamForm,
  results: AsyncIterable<unknown>,
): FastifyReply {
  async function* lines() {
    try {
      for await (const result of results) {
        request.moreTime();
        yield write(result, "result");
      }
      yield write({}, "end");
    } catch (error) {
      const { problem } = toldError(error, request.id);
      if (problem.status >= 500) request.log.error({ err: error }, problem.title);
      yield write({ error: problem }, "error");
    }
  }
  return reply
    .type(`${type}; charset=utf-8`)
    .header("cache-control", "no-store")
    .send(Readable.from(lines()));
}
