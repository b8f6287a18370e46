import type { Client } from "nearlabel/client";
import { useCallback, useEffect, useState } from "react";
import { noticeFailure, useConnection } from "./server.js";

/** What the server said to a question. */
export interface Answer<T> {
  /** The last answer; while another question is open, that of the one before. */
  readonly value: T | undefined;
  /** Why the last question has no answer. */
  readonly error: unknown;
  readonly isWaiting: boolean;
  /** Asks again. */
  again(): void;
}

/** A question, given up when it is no longer wanted. */
export type Question<T> = (client: Client, options: { readonly signal: AbortSignal }) => Promise<T>;

/**
 * Asks the server whenever `key`, which stands for all that the question depends on, changes, and when a server that went away is
 * back. With an `undefined` key nothing is asked.
 */
export function useAnswer<T>(key: string | undefined, question: Question<T>): Answer<T> {
  const { client, tries } = useConnection();
  const [state, setState] = useState<{ value?: T; error?: unknown; isWaiting: boolean }>({
    isWaiting: key !== undefined,
  });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (key === undefined) return setState({ isWaiting: false });
    const { signal, abort } = controller();
    setState(({ value }) => ({ ...(value !== undefined && { value }), isWaiting: true }));
    question(client, { signal }).then(
      (value) => signal.aborted || setState({ value, isWaiting: false }),
      (error: unknown) => {
        if (signal.aborted) return;
        noticeFailure(error);
        setState(({ value }) => ({ ...(value !== undefined && { value }), error, isWaiting: false }));
      },
    );
    return abort;
  }, [key, client, tries, round]);
  const again = useCallback(() => setRound((before) => before + 1), []);
  return { value: state.value, error: state.error, isWaiting: state.isWaiting, again };
}

function controller() {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
