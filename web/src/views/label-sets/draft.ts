import type { Label } from "nearlabel/client";
import { useSyncExternalStore } from "react";
import type { Content } from "./difference.js";

/** A label set as it is being edited. It outlasts the view, not the page. */
export interface Draft extends Content {
  readonly name: string;
  /** The version that it started from; 0 for a set that is new. */
  readonly version: number;
}

export interface DraftEditor {
  readonly draft: Draft | undefined;
  readonly canUndo: boolean;
  /** Starts anew, forgetting what was changed. */
  start(draft: Draft): void;
  /** Changes the draft, or makes one of `base`. */
  change(base: Draft, part: Partial<Content>): void;
  undo(): void;
  drop(): void;
}

/** Of each set, its states, the newest last. */
let drafts: ReadonlyMap<string, readonly Draft[]> = new Map();
const listeners = new Set<() => void>();

/** The draft of a set, where it is being edited. */
export function useDraft(name: string): DraftEditor {
  const states = useSyncExternalStore(subscribe, () => drafts.get(name));
  const draft = states?.at(-1);
  return {
    draft,
    canUndo: (states?.length ?? 0) > 1,
    start: (first) => keep(first.name, [first]),
    change: (base, part) => keep(name, [...(states ?? [base]), { ...(draft ?? base), ...part }]),
    undo: () => states && keep(name, states.slice(0, -1)),
    drop: () => keep(name, []),
  };
}

/** `label` of `labels` replaced; those below it go on having it as their parent, under its new name. */
export function withLabel(labels: readonly Label[], label: string, next: Label): readonly Label[] {
  return labels.map((each) => {
    if (each.label === label) return next;
    return each.parent === label && next.label !== label ? { ...each, parent: next.label } : each;
  });
}

/** Without `label`; those below it move up to where it was. */
export function withoutLabel(labels: readonly Label[], label: string): readonly Label[] {
  const gone = labels.find((each) => each.label === label);
  return labels
    .filter((each) => each.label !== label)
    .map(({ parent, ...each }) => {
      const above = parent === label ? gone?.parent : parent;
      return { ...each, ...(above !== undefined && { parent: above }) };
    });
}

function keep(name: string, states: readonly Draft[]): void {
  const next = new Map(drafts);
  if (states.length > 0) next.set(name, states);
  else next.delete(name);
  drafts = next;
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
