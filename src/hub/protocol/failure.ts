import { isError, NearlabelError, systemErrorCode } from "../../errors.js";

/** A failure that may pass when tried again. `error` is what to report if it does not. */
export class PassingFailure extends Error {
  readonly error: NearlabelError;
  /** How long the server asks to wait, in milliseconds, where it says so. */
  readonly wait: number | undefined;

  constructor(error: NearlabelError, wait?: number) {
    super(error.message, { cause: error });
    this.error = error;
    this.wait = wait;
  }
}

/** The repository is there and has no such branch, tag or commit: what the cache has under that name means nothing. */
export class RevisionNotFound extends NearlabelError {}

const passingStatuses = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What an answer that is not 2xx means. `what` names what was asked for; `hasToken` that a token was sent. */
export function failureOf(
  response: Response,
  what: string,
  hasToken: boolean,
): NearlabelError | PassingFailure {
  const { status } = response;
  if (passingStatuses.has(status)) {
    const wait = waitOf(response.headers, Date.now());
    return new PassingFailure(unavailable(status, what, wait), wait);
  }
  const code = response.headers.get("x-error-code");
  if (status === 404 || code === "RepoNotFound" || code === "RevisionNotFound" || code === "EntryNotFound") {
    return notFound(code, what, hasToken);
  }
  if (status === 401 || status === 403) return unauthorised(response, what, hasToken);
  if (status === 407) {
    return new NearlabelError(
      "HUB_UNAVAILABLE",
      `The proxy wants a name and a password for ${what} (HTTP 407). Put them into the address of the proxy.`,
    );
  }
  return new NearlabelError(
    "HUB_RESPONSE_INVALID",
    `${what}: expected the file or its description, got HTTP ${status}${detailOf(response)}.`,
  );
}

function unavailable(status: number, what: string, wait: number | undefined): NearlabelError {
  const reason = status === 429 ? "The hub's rate limit is reached" : "The hub has a fault";
  const when = wait ? ` The hub asks to wait ${Math.ceil(wait / 1000)} s.` : "";
  const remedy = status === 429 ? " A token (HF_TOKEN) raises the limit." : " Try again later.";
  return new NearlabelError("HUB_UNAVAILABLE", `${reason} (HTTP ${status}) for ${what}.${when}${remedy}`);
}

function notFound(code: string | null, what: string, hasToken: boolean): NearlabelError {
  if (code === "RevisionNotFound") {
    return new RevisionNotFound(
      "HUB_NOT_FOUND",
      `${what}: the repository has no such branch, tag or commit.`,
    );
  }
  if (code === "EntryNotFound")
    return new NearlabelError("HUB_NOT_FOUND", `${what}: no such file on the hub.`);
  const access = hasToken ? "the token may not see it" : "it is private and needs a token (HF_TOKEN)";
  return new NearlabelError("HUB_NOT_FOUND", `${what}: the hub has no such repository, or ${access}.`);
}

function unauthorised(response: Response, what: string, hasToken: boolean): NearlabelError {
  const gated = response.headers.get("x-error-code") === "GatedRepo";
  const remedy = gated
    ? "The repository is gated: accept its terms on its page on the hub, then use a token of that account (HF_TOKEN)."
    : hasToken
      ? "Check that the token is right, not expired, and allowed to read this repository."
      : "The repository is private, or does not exist: check its name, or set a token (HF_TOKEN).";
  return new NearlabelError(
    "HUB_UNAUTHORISED",
    `The hub refuses ${what} (HTTP ${response.status}${detailOf(response)}). ${remedy}`,
  );
}

function detailOf(response: Response): string {
  const text = response.headers.get("x-error-message");
  return text ? `: ${text}` : "";
}

/** Codes of certificates that are not trusted. */
const distrust = /^(?:CERT_|ERR_TLS|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** What a request that got no answer means, or whose answer broke off. */
export function networkFailure(cause: unknown, what: string): NearlabelError | PassingFailure {
  const root = rootOf(cause);
  const code = systemErrorCode(root) ?? "";
  const remedy = distrust.test(code)
    ? "Something between here and the hub has a certificate that is not trusted (NODE_EXTRA_CA_CERTS adds one)."
    : "Check the network, the proxy and HF_ENDPOINT; HF_HUB_OFFLINE=1 uses what is in the cache.";
  const text = (isError(root) && root.message) || code || String(root);
  const error = new NearlabelError(
    "HUB_UNAVAILABLE",
    `The connection to the hub failed for ${what}: ${text}. ${remedy}`,
    { cause },
  );
  const lasting = code === "ENOTFOUND" || distrust.test(code);
  return lasting ? error : new PassingFailure(error);
}

/** `fetch` wraps what went wrong; several addresses tried make an AggregateError. */
function rootOf(error: unknown): unknown {
  if (isError(error) && "errors" in error && Array.isArray(error.errors) && error.errors.length > 0)
    return rootOf(error.errors[0]);
  return isError(error) && error.cause !== undefined ? rootOf(error.cause) : error;
}

/** An answer that is not the hub's: most often the page of a captive portal or of a proxy. */
export function foreignAnswer(response: Response, what: string): NearlabelError {
  const type = response.headers.get("content-type") ?? "no content type";
  return new NearlabelError(
    "HUB_RESPONSE_INVALID",
    `${what}: something other than the hub answered (HTTP ${response.status}, ${type}, from ` +
      `${new URL(response.url).origin}). A login page of the network or a proxy often does so: open it in a browser, ` +
      "or check HF_ENDPOINT. Nothing of it was kept.",
  );
}

/**
 * How long to wait, in milliseconds: from `Retry-After`, in seconds or as a date (RFC 9110, 10.2.3), else from
 * `RateLimit` where nothing remains (draft-ietf-httpapi-ratelimit-headers-09), which the hub sends with a 429.
 */
export function waitOf(headers: Headers, now: number): number | undefined {
  const after = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(after)) return Number(after) * 1000;
  const date = Date.parse(after);
  if (!Number.isNaN(date)) return Math.max(0, date - now);
  const limit = /;\s*r\s*=\s*0\s*;\s*t\s*=\s*(\d+)/.exec(headers.get("ratelimit") ?? "");
  return limit ? Number(limit[1]) * 1000 : undefined;
}
