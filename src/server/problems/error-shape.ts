import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { type Problem, toldError } from "./problem.js";

/** What the body of an answer is for a problem, and its status where it is not the problem's own. */
export interface ErrorShape {
  (problem: Problem): unknown;
  readonly status?: (problem: Problem) => number;
  readonly contentType?: string;
}

const rfc9457: ErrorShape = Object.assign((problem: Problem) => problem, {
  contentType: "application/problem+json; charset=utf-8",
});

/**
 * How the routes of `scope` tell of errors: as RFC 9457 unless another shape is given, for routes whose clients know errors of
 * another form. It holds for all that goes wrong there, keys, limits and validation included.
 */
export function tellErrors(scope: FastifyInstance, shape: ErrorShape = rfc9457): void {
  scope.setErrorHandler((error, request, reply) => sendProblem(error, request, reply, shape));
}

/** Answers with what a client is told of `error`, and writes to the log what it is not. */
export function sendProblem(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  shape: ErrorShape = rfc9457,
): unknown {
  const { problem, retryAfter } = toldError(error, request.id);
  if (problem.status >= 500 && problem.code !== "SERVER_TIMEOUT")
    request.log.error({ err: error }, problem.title);
  else request.log.info({ code: problem.code }, "refused");
  if (retryAfter !== undefined) void reply.header("retry-after", String(Math.ceil(retryAfter)));
  if (problem.status === 401) void reply.header("www-authenticate", 'Bearer realm="nearlabel"');
  void reply.code(shape.status?.(problem) ?? problem.status);
  void reply.type(shape.contentType ?? "application/json; charset=utf-8");
  // As text, for the route's own schema of answers does not have this one.
  return reply.serializer((body) => JSON.stringify(body)).send(shape(problem));
}
