/**
 * What a server refused, or what kept it from answering. `code` is one of docs/errors.md, such as `LABELS_EMPTY` or `SERVER_BUSY`, or
 * `SERVER_UNREACHABLE` where nothing answered and `SERVER_RESPONSE_INVALID` where something else did.
 */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: string;
  /** Of the answer; 0 where there was none. */
  readonly status: number;
  /** Joins the answer to the server's log. */
  readonly requestId: string | undefined;

  constructor(
    code: string,
    message: string,
    options: {
      readonly status?: number;
      readonly requestId?: string | undefined;
      readonly cause?: unknown;
    } = {},
  ) {
    const { status = 0, requestId, cause } = options;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.requestId = requestId;
  }
}

/** The error that a problem (RFC 9457) tells of. */
export function errorOfProblem(problem: unknown, status: number): ServerError {
  const { code, detail, requestId } = Object(problem) as Partial<Record<string, unknown>>;
  if (typeof code === "string" && typeof detail === "string") {
    return new ServerError(code, detail, { status, requestId: requestId as string | undefined });
  }
  return new ServerError(
    "SERVER_RESPONSE_INVALID",
    `Something other than nearlabel answered, with ${status}.`,
    {
      status,
    },
  );
}
