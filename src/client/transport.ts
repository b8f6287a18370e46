import { errorOfProblem, ServerError } from "./server-error.js";

/** How a server is reached. */
export interface TransportOptions {
  /** An API key, where the server asks for one. */
  readonly key?: string | undefined;
  /** In place of the platform's own. */
  readonly fetch?: typeof fetch | undefined;
  /** How often a request is sent again that the server was too busy for, each time after as long as it says. Default: 2. */
  readonly retries?: number | undefined;
}

export interface CallOptions {
  /** Rejects with the signal's reason; the server takes from its queue what has not begun. */
  readonly signal?: AbortSignal | undefined;
}

/** One request, as `fetch` takes it, but for its address. */
interface Call extends CallOptions {
  readonly method?: "GET" | "POST" | "PUT" | "DELETE";
  readonly query?: Readonly<Record<string, string | number | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
  /** A form, or what is sent as JSON. */
  readonly body?: unknown;
}

/** Sends a request to `path` and gives the answer, whose status is 2xx. @throws ServerError, or the reason of `signal` */
export type Transport = (path: string, call?: Call) => Promise<Response>;

export function createTransport(server: string | URL, options: TransportOptions = {}): Transport {
  const { key, fetch: send = globalThis.fetch, retries = 2 } = options;
  return async (path, call = {}) => {
    const address = addressOf(server, path, call.query);
    call.signal?.throwIfAborted();
    const init = await requestOf(call, key);
    for (let left = retries; ; left--) {
      const response = await send(address, init).catch((cause: unknown) => {
        call.signal?.throwIfAborted();
        throw unreachable(address, cause);
      });
      if (response.ok) return response;
      const wait = secondsToWait(response);
      if (wait === undefined || left <= 0) throw await errorOf(response);
      // A connection that broke meanwhile has nothing left to cancel.
      await response.body?.cancel().catch(() => {});
      await pause(wait * 1000, call.signal);
    }
  };
}

/** The body of an answer. @throws ServerError where it is cut off or no JSON */
export async function jsonOf<T>(response: Response): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch (cause) {
    throw cutOff(response, cause);
  }
}

/** An answer that ended before its end. */
export function cutOff({ status }: Response, cause?: unknown): ServerError {
  return new ServerError("SERVER_RESPONSE_INVALID", "The answer was cut off, or is no JSON.", {
    status,
    cause,
  });
}

function addressOf(server: string | URL, path: string, query: Call["query"] = {}): string {
  const address = new URL(`${String(server).replace(/\/+$/, "")}${path}`);
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined) address.searchParams.append(name, String(value));
  }
  return address.href;
}

async function requestOf(
  { method = "GET", headers, body, signal }: Call,
  key: string | undefined,
): Promise<RequestInit> {
  const sent = body === undefined ? undefined : await bodyOf(body);
  return {
    method,
    headers: {
      ...(key !== undefined && { authorization: `Bearer ${key}` }),
      ...(sent && { "content-type": sent.type }),
      ...headers,
    },
    ...(sent && { body: sent.content }),
    ...(signal && { signal }),
  };
}

/**
 * What is sent, whole before the first byte leaves, and the same again when the server was too busy. `fetch` would read
 * a form while it sends it, and in Node.js 24 reading one that was given up throws where nobody can catch it.
 */
async function bodyOf(body: unknown): Promise<{ type: string; content: string | ArrayBuffer }> {
  if (!(body instanceof FormData)) return { type: "application/json", content: JSON.stringify(body) };
  const form = new Response(body);
  return { type: form.headers.get("content-type")!, content: await form.arrayBuffer() };
}

/** Longest wait that is believed, in seconds. */
const LONGEST_WAIT = 60;

function secondsToWait({ status, headers }: Response): number | undefined {
  const seconds = Number(headers.get("retry-after") ?? Number.NaN);
  return (status === 429 || status === 503) && seconds <= LONGEST_WAIT ? seconds : undefined;
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    signal?.addEventListener("abort", stop, { once: true });
  });
}

async function errorOf(response: Response): Promise<ServerError> {
  return errorOfProblem(await response.json().catch(() => undefined), response.status);
}

function unreachable(address: string, cause: unknown): ServerError {
  const { origin } = new URL(address);
  return new ServerError(
    "SERVER_UNREACHABLE",
    `Nothing answers at ${origin}. Is nearlabel serve running there?`,
    {
      cause,
    },
  );
}
