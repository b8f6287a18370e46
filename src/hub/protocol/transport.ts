import { setTimeout as sleep } from "node:timers/promises";
import type { NearlabelError } from "../../errors.js";
import { failureOf, foreignAnswer, networkFailure, PassingFailure } from "./failure.js";
import type { HubSettings } from "./settings.js";

/** Told before a wait, so that a long one does not look like a halt. */
export interface HubRetry {
  readonly reason: NearlabelError;
  /** In milliseconds. */
  readonly wait: number;
}

/** The settings, and what belongs to one call. */
export interface Connection {
  readonly settings: HubSettings;
  readonly signal?: AbortSignal | undefined;
  readonly onRetry?: ((retry: HubRetry) => void) | undefined;
}

/** Longest wait that a server may ask for; the hub counts its rate limit in windows of 5 minutes. */
const longestWait = 300_000;

/**
 * Does `work` again while it fails with a `PassingFailure`, `settings.retries` times at most, counted anew whenever
 * `progressed` says that something was gained. Waits as long as the server asks, else exponentially with jitter.
 */
export async function retrying<T>(
  connection: Connection,
  work: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  const { retries = 5, retryDelay = 1_000 } = connection.settings;
  for (let failures = 0; ; failures++) {
    try {
      return await work();
    } catch (error) {
      connection.signal?.throwIfAborted();
      if (!(error instanceof PassingFailure)) throw error;
      if (progressed()) failures = 0;
      const wait = error.wait ?? retryDelay * 2 ** Math.min(failures, 3) * (0.5 + Math.random() / 2);
      if (failures >= retries || wait > longestWait) throw error.error;
      connection.onRetry?.({ reason: error.error, wait });
      await pause(wait, connection.signal);
    }
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  try {
    await sleep(milliseconds, undefined, signal && { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** Aborts when `touch` was not called for the time that the settings allow, and when the caller aborts. */
export interface Watch {
  readonly signal: AbortSignal;
  touch(): void;
  stop(): void;
}

export function startWatch({ settings, signal }: Connection): Watch {
  const { timeout = 30_000 } = settings;
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`nothing came for ${timeout / 1000} s`)), timeout);
  return {
    signal: signal ? AbortSignal.any([signal, silence.signal]) : silence.signal,
    touch: () => void timer.refresh(),
    stop: () => clearTimeout(timer),
  };
}

/**
 * Sends one GET and returns the answer if it is 2xx. The token goes to the hub's own address only.
 * @throws NearlabelError, PassingFailure
 */
export async function send(
  url: string,
  headers: Record<string, string>,
  what: string,
  { settings }: Connection,
  watch: Watch,
): Promise<Response> {
  const isHub = new URL(url).origin === new URL(settings.endpoint).origin;
  const token = isHub ? await tokenOf(settings) : undefined;
  const request = {
    headers: { ...headers, "user-agent": "nearlabel", ...(token && { authorization: `Bearer ${token}` }) },
    signal: watch.signal,
  };
  const response = await (settings.fetch ?? fetch)(url, request).catch((error: unknown) => {
    throw networkFailure(error, what);
  });
  if (response.ok) return response;
  await response.body?.cancel();
  throw failureOf(response, what, token !== undefined);
}

/** The body of an answer, as it comes. @throws NearlabelError, PassingFailure */
export async function* chunksOf(response: Response, what: string, watch: Watch): AsyncGenerator<Uint8Array> {
  const reader = response.body?.getReader();
  try {
    while (reader) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw networkFailure(error, what);
      });
      if (done) return;
      watch.touch();
      yield value;
    }
  } finally {
    await reader?.cancel().catch(() => {});
  }
}

async function tokenOf({ token }: HubSettings): Promise<string | undefined> {
  return typeof token === "function" ? token() : token;
}

/** A `fetch` for `@huggingface/hub`: with token, retries and time limit, whose answers are JSON, or it throws. */
export function apiFetch(connection: Connection, what: string): typeof fetch {
  return (input) => retrying(connection, () => readAnswer(String(input), connection, what));
}

async function readAnswer(url: string, connection: Connection, what: string): Promise<Response> {
  const watch = startWatch(connection);
  try {
    const response = await send(url, { accept: "application/json" }, what, connection, watch);
    if (!response.headers.get("content-type")?.includes("json")) {
      await response.body?.cancel();
      throw foreignAnswer(response, what);
    }
    const text = await response.text().catch((error: unknown) => {
      throw networkFailure(error, what);
    });
    return new Response(text, { headers: response.headers });
  } finally {
    watch.stop();
  }
}
