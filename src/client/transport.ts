import { bodyOf } from "./answer.js";
import { linesOf } from "./lines.js";
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

/** What sends requests to paths of a server. Each rejects with a ServerError, or the reason of the call's signal. */
export interface Transport {
  /** The answer, whose status is 2xx. */
  send(path: string, call?: Call): Promise<Response>;
  /** Its body, which is JSON. */
  json<T>(path: string, call?: Call): Promise<T>;
  /** Its body, which is a file. */
  file(path: string, call?: Call): Promise<Blob>;
  /** The values of a body that comes as one JSON object a line, `count` of them, as they come. */
  lines<T>(path: string, count: number, call?: Call): AsyncGenerator<T>;
}

export function createTransport(server: string | URL, options: TransportOptions = {}): Transport {
  const send = (path: string, call: Call = {}) =>
    sendUntilTaken(addressOf(server, path, call.query), call, options);
  return {
    send,
    async json<T>(path: string, call?: Call) {
      const response = await send(path, call);
      return bodyOf(response, () => response.json() as Promise<T>, call?.signal);
    },
    async file(path, call) {
      const response = await send(path, call);
      return bodyOf(response, () => response.blob(), call?.signal);
    },
    async *lines<T>(path: string, count: number, call?: Call) {
      yield* linesOf<T>(await send(path, call), count, call?.signal);
    },
  };
}

/** Sends a request, again where the server was too busy for it. */
async function sendUntilTaken(address: string, call: Call, options: TransportOptions): Promise<Response> {
  const { key, fetch: send = globalThis.fetch, retries = 2 } = options;
  call.signal?.throwIfAborted();
  const init = await requestOf(call, key);
  for (let left = retries; ; left--) {
    const response = await send(address, init).catch((cause: unknown) => {
      call.signal?.throwIfAborted();
      throw unreachable(address, cause);
    });
    if (response.ok) return response;
    const wait = secondsToWait(response);
    if (wait === undefined || left <= 0) throw await errorOf(response, call.signal);
    // A connection that broke meanwhile has nothing left to cancel.
    await response.body?.cancel().catch(() => {});
    await pause(wait * 1000, call.signal);
  }
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
  const sent = body === undefined ? undefined : await contentOf(body);
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
async function contentOf(body: unknown): Promise<{ type: string; content: string | ArrayBuffer }> {
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

async function errorOf(response: Response, signal: AbortSignal | undefined): Promise<ServerError> {
  const problem = await response.json().catch(() => signal?.throwIfAborted());
  return errorOfProblem(problem, response.status);
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
