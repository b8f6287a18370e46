/** The parts of the pipeline. The sink is whatever takes the rows: predictions, a table, a file. */
export type StageName = "read" | "preprocess" | "encode" | "sink";

/** Where the time of a run went; all in milliseconds of wall clock. A stage that never waits holds up the others. */
export interface StageFigures {
  /** Time in which the stage had something under way. */
  readonly busy: number;
  /** The rest of the run. */
  readonly waiting: number;
  /** Mean number of batches (for `read` and `sink`, at most 1) under way in the stage or ready for it. */
  readonly queue: number;
}

export type Stages = Readonly<Record<StageName, StageFigures>>;

/** Follows batches through the stages. */
export interface StageClock {
  /** A batch is there for the stage. */
  arrive(stage: StageName): void;
  /** The stage begins one; it is there if it was not before. */
  begin(stage: StageName): void;
  /** The stage is done with one. */
  finish(stage: StageName): void;
  figures(): Stages;
}

const NAMES: readonly StageName[] = ["read", "preprocess", "encode", "sink"];

export function startStageClock(): StageClock {
  const started = performance.now();
  const entries = NAMES.map((name) => [name, { there: 0, working: 0, since: started, busy: 0, occupied: 0 }]);
  const counts: Record<StageName, StageCount> = Object.fromEntries(entries);
  return {
    arrive: (stage) => change(counts[stage], 1, 0),
    begin: (stage) => change(counts[stage], counts[stage].there > counts[stage].working ? 0 : 1, 1),
    finish: (stage) => change(counts[stage], -1, -1),
    figures() {
      const elapsed = performance.now() - started;
      const figuresOf = (count: StageCount): StageFigures => {
        change(count, 0, 0);
        return { busy: count.busy, waiting: elapsed - count.busy, queue: count.occupied / elapsed };
      };
      return Object.fromEntries(NAMES.map((name) => [name, figuresOf(counts[name])])) as unknown as Stages;
    },
  };
}

interface StageCount {
  there: number;
  working: number;
  /** When one of the two last changed. */
  since: number;
  busy: number;
  /** Batches x milliseconds. */
  occupied: number;
}

function change(count: StageCount, there: number, working: number): void {
  const now = performance.now();
  const passed = now - count.since;
  if (count.working > 0) count.busy += passed;
  count.occupied += count.there * passed;
  count.there += there;
  count.working += working;
  count.since = now;
}
