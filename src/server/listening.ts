import type { Socket } from "node:net";
import type { FastifyHttpOptions, RawServerDefault } from "fastify";
import type { Limits } from "./limits.js";
import { toldError } from "./problems/problem.js";
import { RequestError, requestInvalid } from "./problems/request-error.js";

/** How long a client may take, and how long its headers may be. */
export function httpOptions(limits: Limits): FastifyHttpOptions<RawServerDefault> {
  const { secondsToReceive, seconds, headerBytes } = limits;
  return {
    requestTimeout: secondsToReceive * 1000,
    // Of a connection that says nothing and is told nothing, a client that does not read its answer for instance.
    connectionTimeout: (seconds + secondsToReceive) * 1000,
    http: {
      maxHeaderSize: headerBytes,
      headersTimeout: Math.min(secondsToReceive, 10) * 1000,
      connectionsCheckingInterval: 1000,
    },
    clientErrorHandler: refuse,
  };
}

/** Answers what is no HTTP, before there is a request, and closes. */
function refuse(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === "ECONNRESET" || socket.destroyed || !socket.writable) return void socket.destroy();
  const { problem } = toldError(errorOf(error), crypto.randomUUID());
  const status = STATUS[error.code ?? ""] ?? problem.status;
  const body = JSON.stringify({ ...problem, status });
  const head = [
    `HTTP/1.1 ${status} ${REASON[status] ?? "Bad Request"}`,
    "content-type: application/problem+json; charset=utf-8",
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`);
}

function errorOf({ code }: NodeJS.ErrnoException): RequestError {
  if (code === "HPE_HEADER_OVERFLOW") {
    return new RequestError("REQUEST_TOO_LARGE", "The headers are longer than the server takes.");
  }
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") {
    return requestInvalid("The request did not come in the time that the server waits.");
  }
  return requestInvalid("What came is no HTTP request.");
}

const STATUS: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
};

const REASON: Readonly<Record<number, string>> = {
  408: "Request Timeout",
  431: "Request Header Fields Too Large",
};
