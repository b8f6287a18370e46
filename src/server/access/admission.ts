import type { FastifyInstance } from "fastify";
import { RequestError } from "../problems/request-error.js";

/**
 * Keeps what all requests hold in memory together within `bodyBytesAtOnce`: one whose body would be too much is told to come again
 * before any of it is read. A body of unknown length counts as the longest there may be.
 */
export function limitBytesAtOnce(app: FastifyInstance): void {
  const { bodyBytes, bodyBytesAtOnce } = app.service.limits;
  let held = 0;
  app.addHook("onRequest", async ({ headers }, reply) => {
    const isChunked = headers["transfer-encoding"] !== undefined;
    const bytes = isChunked ? bodyBytes : Number(headers["content-length"] ?? 0);
    // More than one body may have is refused when it is read, with its own error.
    if (bytes === 0 || bytes > bodyBytes) return;
    if (held > 0 && held + bytes > bodyBytesAtOnce) {
      throw new RequestError("SERVER_BUSY", "Too many pictures are on their way. Try again in 1 s.", {
        retryAfter: 1,
      });
    }
    held += bytes;
    reply.raw.once("close", () => {
      held -= bytes;
    });
  });
}
