import type { FastifyError } from "fastify";
import { codedError, ERRORS, type ErrorCode, type ErrorKind, NearlabelError } from "../../errors.js";
import { RequestError } from "./request-error.js";

/** What went wrong, as RFC 9457 has it. Holds no path and no stack. */
export interface Problem {
  /** `urn:nearlabel:error:` and the code. */
  readonly type: string;
  /** The fixed sentence of the code. */
  readonly title: string;
  readonly status: number;
  /** What was wrong with this request. */
  readonly detail: string;
  readonly code: ErrorCode;
  /** Joins the answer to the server's log. */
  readonly requestId: string;
}

/** An error on its way to a client: what it is told, and when it may come again. */
export interface ToldError {
  readonly problem: Problem;
  readonly retryAfter: number | undefined;
}

const STATUS_OF_KIND: Readonly<Record<ErrorKind, number>> = {
  input: 400,
  data: 422,
  model: 500,
  store: 500,
  network: 502,
  internal: 500,
};

const STATUS: Partial<Readonly<Record<ErrorCode, number>>> = {
  IMAGE_UNSUPPORTED: 415,
  IMAGE_TOO_LARGE: 413,
  MODEL_NOT_FOUND: 404,
  TABLE_NOT_FOUND: 404,
  IMAGE_NOT_FOUND: 404,
  REQUEST_TOO_LARGE: 413,
  REQUEST_UNSUPPORTED: 415,
  ROUTE_NOT_FOUND: 404,
  METHOD_NOT_ALLOWED: 405,
  LABEL_SET_NOT_FOUND: 404,
  DATASET_NOT_FOUND: 404,
  EVALUATION_NOT_FOUND: 404,
  PLAN_NOT_FOUND: 404,
  LABEL_SET_CHANGED: 412,
  KEY_INVALID: 401,
  KEY_SCOPE: 403,
  HOST_REFUSED: 403,
  ADDRESS_REFUSED: 403,
  SERVER_BUSY: 429,
  SERVER_TIMEOUT: 503,
  SERVER_CLOSING: 503,
};

export function toldError(thrown: unknown, requestId: string): ToldError {
  const error = ofFramework(thrown) ?? codedError(thrown);
  const { code, kind, publicMessage } = error;
  return {
    problem: {
      type: `urn:nearlabel:error:${code}`,
      title: ERRORS[code].publicMessage,
      status: STATUS[code] ?? STATUS_OF_KIND[kind],
      detail: publicMessage,
      code,
      requestId,
    },
    retryAfter: error instanceof RequestError ? error.retryAfter : undefined,
  };
}

/** What Fastify and its plugins refuse themselves. Their messages tell of the request only. */
function ofFramework(thrown: unknown): NearlabelError | undefined {
  if (thrown instanceof NearlabelError) return undefined;
  const { statusCode, message, code } = Object(thrown) as Partial<FastifyError>;
  if (typeof statusCode !== "number" || statusCode < 400 || statusCode >= 500) return undefined;
  const told = CODE_OF_STATUS[statusCode] ?? "REQUEST_INVALID";
  return new RequestError(told, TOLD_OF_CODE[code ?? ""] ?? String(message), { cause: thrown });
}

const CODE_OF_STATUS: Readonly<Record<number, ErrorCode>> = {
  404: "ROUTE_NOT_FOUND",
  413: "REQUEST_TOO_LARGE",
  415: "REQUEST_UNSUPPORTED",
  429: "SERVER_BUSY",
};

/** In our own words where the framework's are of little help. */
const TOLD_OF_CODE: Readonly<Record<string, string>> = {
  FST_ERR_CTP_EMPTY_JSON_BODY: "The body is empty: expected JSON.",
  FST_ERR_CTP_INVALID_JSON_BODY: "The body is not JSON.",
};
