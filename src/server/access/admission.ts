import type { FastifyInstance } from "fastify";
import { RequestError } from "../problems/request-error.js";

declare module "fastify" {
  interface FastifyRequest {
    /**
     * Counts bytes that a request has in memory beside its body, as pictures that are fetched for it; with a minus, that it has no more.
     * @throws RequestError REQUEST_TOO_LARGE for more of them than a body may have, SERVER_BUSY for more than all requests may
     */
    hold(bytes: number): void;
  }
}

/**
 * Keeps what all requests hold in memory together within `bodyBytesAtOnce`: one whose body would be too much is told to come again
 * before any of it is read. A body of unknown length counts as the longest there may be.
 */
export function limitBytesAtOnce(app: FastifyInstance): void {
  const { bodyBytes, bodyBytesAtOnce } = app.service.limits;
  let held = 0;
  app.decorateRequest("hold");
  app.addHook("onRequest", async (request, reply) => {
    let own = 0;
    let beside = 0;
    const giveBack = () => {
      held -= own;
      own = 0;
    };
    const take = (bytes: number) => {
      // A request that is alone may have more.
      if (held > own && held + bytes > bodyBytesAtOnce) throw tooManyAtOnce();
      if (own === 0) reply.raw.once("close", giveBack);
      own += bytes;
      held += bytes;
    };
    request.hold = (bytes) => {
      if (reply.raw.closed) return;
      if (beside + bytes > bodyBytes) throw tooManyOfRequest(bodyBytes);
      take(bytes);
      beside += bytes;
    };
    const { headers } = request;
    const isChunked = headers["transfer-encoding"] !== undefined;
    const bytes = isChunked ? bodyBytes : Number(headers["content-length"] ?? 0);
    // More than one body may have is refused when it is read, with its own error.
    if (bytes > 0 && bytes <= bodyBytes) take(bytes);
  });
}

function tooManyAtOnce(): RequestError {
  return new RequestError("SERVER_BUSY", "Too many pictures are on their way. Try again in 1 s.", {
    retryAfter: 1,
  });
}

function tooManyOfRequest(most: number): RequestError {
  return new RequestError(
    "REQUEST_TOO_LARGE",
    `The pictures of the addresses have more than ${most} bytes in all, the most that the server takes.`,
  );
}
