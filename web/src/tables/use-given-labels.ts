import type { GivenLabel } from "nearlabel/client";
import { useCallback, useMemo, useRef, useState } from "react";
import { noticeFailure, useConnection } from "../server/server.js";

/** Labels that a person gives to pictures, one step after the other, and takes back. */
export interface GivenLabels {
  /** Steps that were taken, and not taken back. */
  readonly steps: readonly Step[];
  /** Grows with each step that is stored: what depends on labels is worth asking for again. */
  readonly stored: number;
  readonly error: unknown;
  give(labels: readonly GivenLabel[]): void;
  /** Takes the last step back, and tells which it was. */
  undo(): Step | undefined;
}

interface Step {
  readonly labels: readonly GivenLabel[];
  /** What the pictures had before, once that is known. */
  readonly before: Promise<readonly GivenLabel[]>;
}

/** What is sent waits for what was sent before it, so that a person need not. */
export function useGivenLabels(table: string): GivenLabels {
  const { client } = useConnection();
  const steps = useRef<readonly Step[]>([]);
  const last = useRef<Promise<unknown>>(Promise.resolve());
  const [state, setState] = useState<{ stored: number; error: unknown }>({ stored: 0, error: undefined });
  const [shownSteps, shown] = useState<readonly Step[]>([]);
  const change = useCallback((next: readonly Step[]) => {
    steps.current = next;
    shown(next);
  }, []);
  const send = useCallback(
    (labels: () => Promise<readonly GivenLabel[]>) => {
      const sent = last.current.then(async () => client.tables.giveLabels(table, await labels()));
      last.current = sent.then(
        () => setState(({ stored }) => ({ stored: stored + 1, error: undefined })),
        (error: unknown) => {
          noticeFailure(error);
          setState(({ stored }) => ({ stored, error }));
        },
      );
      return sent;
    },
    [client, table],
  );
  const give = useCallback(
    (labels: readonly GivenLabel[]) => {
      const step: Step = { labels, before: send(async () => labels) };
      // What was not stored cannot be taken back.
      step.before.catch(() => change(steps.current.filter((each) => each !== step)));
      change([...steps.current, step]);
    },
    [send, change],
  );
  const undo = useCallback(() => {
    const step = steps.current.at(-1);
    if (!step) return undefined;
    change(steps.current.slice(0, -1));
    send(() => step.before).catch(() => undefined);
    return step;
  }, [send, change]);
  return useMemo(() => ({ steps: shownSteps, ...state, give, undo }), [shownSteps, state, give, undo]);
}
