import type { FastifyInstance } from "fastify";
import type { Encoder } from "../encoder/encoder.js";
import { RequestError } from "./problems/request-error.js";
import type { Caller } from "./queue/batcher.js";
import { modelOf } from "./service.js";

declare module "fastify" {
  interface FastifyRequest {
    /** Whose turn it is in the queue, and whether anybody still waits for the answer. */
    caller: Caller;
    /** The model of this name, or the default one, as this request may use it. @throws RequestError MODEL_NOT_FOUND */
    encoder(model?: string): Encoder;
    /** Starts the time of the request anew, for answers that come one after the other. */
    moreTime(): void;
  }
}

/** Ends what a request asked for once its client is gone or its time is over. */
export function watchCallers(app: FastifyInstance): void {
  app.decorateRequest("caller");
  app.decorateRequest("moreTime", () => {});
  app.decorateRequest("encoder", function (model) {
    return modelOf(this.server.service, model).encoderFor(this.caller);
  });
  app.addHook("onRequest", async (request, reply) => {
    const { seconds } = app.service.limits;
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(outOfTime(seconds)), seconds * 1000).unref();
    request.caller = { client: request.apiKey?.id ?? request.ip, signal: stop.signal };
    request.moreTime = () => void timer.refresh();
    reply.raw.once("close", () => {
      clearTimeout(timer);
      if (!reply.raw.writableFinished) stop.abort(clientGone());
    });
  });
}

function outOfTime(seconds: number): RequestError {
  return new RequestError("SERVER_TIMEOUT", `Not done within ${seconds} s.`, { retryAfter: 1 });
}

function clientGone(): RequestError {
  return new RequestError("SERVER_TIMEOUT", "The client did not wait for the answer.");
}
