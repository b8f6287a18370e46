import type { RankedLabel } from "nearlabel/client";
import { useEffect, useMemo, useState } from "react";
import { useAnswer } from "../../server/use-answer.js";
import type { CollectionProps } from "./labelling.js";
import { uncertainFirst } from "./order.js";
import { type Ranked, useRanking } from "./use-ranking.js";

/** What a person looks at, least sure first. */
export interface ReviewState {
  readonly ranked: Ranked | undefined;
  readonly error: unknown;
  again(): void;
  /** Pictures that wait, this one included. */
  readonly left: number;
  readonly current: string | undefined;
  readonly predictions: readonly RankedLabel[];
  /** What comes after this one. */
  readonly next: readonly string[];
  /** Pictures that were looked at, and those of them whose first label was changed. */
  readonly done: number;
  readonly corrected: number;
  /** Gives the picture this label, and goes on. */
  give(label: string): void;
  skip(): void;
  /** Takes the last label back, and shows its picture again. */
  undo(): void;
}

/** Pictures whose labels are asked for at a time. */
const AHEAD = 20;

export function useReview({ table, labels, given }: CollectionProps, learn: boolean): ReviewState {
  const answer = useRanking({ table, labels, learn, stored: given.stored });
  const ranked = labels.labels.length > 0 ? answer.value : undefined;
  // The order stays as it is while a person works through it.
  const [queue, setQueue] = useState<readonly string[]>();
  const [at, setAt] = useState(0);
  const [corrections, setCorrections] = useState<readonly boolean[]>([]);
  const asked = JSON.stringify([labels.labels, labels.templates, learn]);
  useEffect(() => setQueue(undefined), [asked]);
  useEffect(() => {
    if (!ranked || queue || answer.isWaiting) return;
    setQueue(Array.from(uncertainFirst(ranked.ranking), (row) => ranked.ids[row]!));
    setAt(0);
  }, [ranked, queue, answer.isWaiting]);
  const first = Math.floor(at / AHEAD) * AHEAD;
  const pictures = useMemo(() => queue?.slice(first, first + AHEAD) ?? [], [queue, first]);
  const told = useAnswer(
    pictures.length > 0 ? `${asked} ${pictures.join()}` : undefined,
    (client, { signal }) =>
      client.tables.rank(table, {
        labels: labels.labels,
        templates: labels.templates,
        learn,
        pictures,
        signal,
      }),
  );
  const current = queue?.[at];
  const predictions = told.value?.pictures.find(({ id }) => id === current)?.predictions ?? [];
  return {
    ranked: queue && ranked,
    error: answer.error ?? told.error,
    again: answer.again,
    left: (queue?.length ?? 0) - at,
    current,
    predictions,
    next: queue?.slice(at + 1, at + 6) ?? [],
    done: corrections.length,
    corrected: corrections.filter(Boolean).length,
    give(label) {
      if (current === undefined) return;
      given.give([{ id: current, label }]);
      setCorrections([...corrections, label !== predictions[0]?.label]);
      setAt(at + 1);
    },
    skip: () => setAt(Math.min(at + 1, queue?.length ?? 0)),
    undo() {
      const step = given.undo();
      const place = queue?.indexOf(step?.labels[0]?.id ?? "") ?? -1;
      if (place < 0) return;
      setAt(place);
      setCorrections(corrections.slice(0, -1));
    },
  };
}
