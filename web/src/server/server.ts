import { type Client, createClient, ServerError } from "nearlabel/client";
import { useSyncExternalStore } from "react";

/** How the page stands with its server. */
export interface Connection {
  /** Has the key that was given, if any. */
  readonly client: Client;
  /** Whether a key was given: what has none, as the address of a picture, is refused then. */
  readonly hasKey: boolean;
  readonly isAway: boolean;
  /** What the server says of the key, where it wants another one. */
  readonly keyProblem: string | undefined;
  /** Grows when the server comes back, and when a key was given: what failed before is worth another try. */
  readonly tries: number;
}

/** Kept for as long as the tab is open. */
const KEY = "nearlabel key";
/** Milliseconds between looks for a server that went away. */
const LOOK = 1500;

const listeners = new Set<() => void>();
let current: Connection = { ...clientWithKey(), isAway: false, keyProblem: undefined, tries: 0 };

/** The connection, which the component then follows. */
export function useConnection(): Connection {
  return useSyncExternalStore(subscribe, () => current);
}

/** From now on requests have this key. */
export function takeKey(key: string): void {
  sessionStorage.setItem(KEY, key);
  change({ ...clientWithKey(), keyProblem: undefined, tries: current.tries + 1 });
}

/** Told of each failed request: where nothing answered, the server is looked for until it is back; where a key is wanted, it is asked for. */
export function noticeFailure(error: unknown): void {
  if (!(error instanceof ServerError)) return;
  if (isAboutKey(error)) change({ keyProblem: error.message });
  if (error.code !== "SERVER_UNREACHABLE" || current.isAway) return;
  change({ isAway: true });
  setTimeout(look, LOOK);
}

/** Whether another key would help. */
export function isAboutKey({ code }: { readonly code: string }): boolean {
  return code === "KEY_INVALID" || code === "KEY_SCOPE";
}

async function look(): Promise<void> {
  const found = await fetch("/healthz").then(
    ({ ok }) => ok,
    () => false,
  );
  if (found) change({ isAway: false, tries: current.tries + 1 });
  else setTimeout(look, LOOK);
}

function clientWithKey(): Pick<Connection, "client" | "hasKey"> {
  const key = sessionStorage.getItem(KEY) ?? undefined;
  return { client: createClient(location.origin, { key }), hasKey: key !== undefined };
}

function change(part: Partial<Connection>): void {
  current = { ...current, ...part };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
