import { isError, NearlabelError } from "../errors.js";

interface Answer {
  readonly name: string;
  readonly message: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
}

const REFUSED: Readonly<Record<string, string>> = {
  AccessDenied: "these credentials may not do this",
  Forbidden: "these credentials may not do this",
  AccountProblem: "the account has a problem",
  InvalidAccessKeyId: "it does not know this access key",
  SignatureDoesNotMatch: "the secret key is not the one of this access key",
  ExpiredToken: "the session token has run out",
  InvalidToken: "the session token is not valid",
  CredentialsProviderError: "no credentials were found",
  RequestTimeTooSkewed: "the clock of this machine is off",
  AuthorizationHeaderMalformed: "the region is another one",
  PermanentRedirect: "the region or the endpoint is another one",
};

const REMEDY: Readonly<Record<string, string>> = {
  RequestTimeTooSkewed: "Set the clock",
  AuthorizationHeaderMalformed: "Set AWS_REGION",
  PermanentRedirect: "Set AWS_REGION or AWS_ENDPOINT_URL",
};

/** HTTP status of an answer of the store; undefined where none came. */
export function statusOf(cause: unknown): number | undefined {
  return (cause as Partial<Answer> | undefined)?.$metadata?.httpStatusCode;
}

/** Whether the store says that there is no such object. A bucket that is not there is another matter. */
export function isAbsent(cause: unknown): boolean {
  const { name } = cause as Answer;
  return name === "NoSuchKey" || name === "NotFound" || (statusOf(cause) === 404 && name !== "NoSuchBucket");
}

/** Whether the same request may do better later: no answer came, or one that says that the store is busy or broken. */
export function isTransient(cause: unknown): boolean {
  const { name } = cause as Answer;
  const status = statusOf(cause);
  if (status === undefined) return !(name in REFUSED) && !(cause instanceof TypeError);
  return status === 429 || status >= 500 || name === "RequestTimeout";
}

/** What the SDK threw, as an error with a code that says what to do. An abort stays what it is. */
export function objectError(place: string, cause: unknown, doing: "read" | "written"): unknown {
  if (cause instanceof NearlabelError || !isError(cause)) return cause;
  const { name, message } = cause as unknown as Answer;
  if (name === "AbortError") return cause;
  if (name === "NoSuchBucket") {
    const text = `${place}: there is no such bucket. Check its name, the endpoint (AWS_ENDPOINT_URL) and the region.`;
    return new NearlabelError("OBJECTS_NOT_FOUND", text, { cause });
  }
  const refused =
    REFUSED[name] ?? (statusOf(cause) === 403 ? "these credentials may not do this" : undefined);
  if (refused !== undefined) {
    const remedy =
      REMEDY[name] ?? "Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE and its file";
    const text = `${place}: the store refuses, as ${refused} (${name}). ${remedy}.`;
    return new NearlabelError("OBJECTS_REFUSED", text, { cause });
  }
  const text = `${place} could not be ${doing}: ${reason(name, message)}. Check the network and AWS_ENDPOINT_URL, and run it again; what was finished is kept.`;
  return new NearlabelError("OBJECTS_UNAVAILABLE", text, { cause });
}

function reason(name: string, message: string): string {
  const text = message.trim().replace(/\.$/, "");
  if (text === "" || text === "UnknownError" || text === name) return name;
  return name === "Error" ? text : `${text} (${name})`;
}
