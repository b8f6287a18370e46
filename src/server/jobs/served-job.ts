import type { Plan } from "../../jobs/plan/plan.js";
import { readPlan } from "../../jobs/plan/plan-file.js";
import { type JobStatus, jobStatus } from "../../jobs/report/status.js";
import { openObjectStore } from "../../objects/open-store.js";

/** A plan whose progress the server tells. It does none of its shards. */
export interface ServedJob {
  readonly plan: Plan;
  /** How far it is, as of a second ago; longer where counting takes long. */
  status(): Promise<JobStatus>;
  /** Ends what is being counted. */
  close(): void;
}

/** Milliseconds for which all who ask get the same answer: */
const FRESH = 1000;
/** at least, and so many times as long as it took, for a large plan has many markers to list, each thousand a request. */
const REST = 9;

/**
 * Opens the plan at `place`.
 *
 * @throws NearlabelError `PLAN_NOT_FOUND`, `PLAN_INVALID`
 */
export async function openServedJob(place: string): Promise<ServedJob> {
  const plan = await readPlan(openObjectStore(place));
  const ending = new AbortController();
  let last: Promise<JobStatus> | undefined;
  let freshUntil = 0;
  return {
    plan,
    status() {
      if (last && performance.now() < freshUntil) return last;
      const started = performance.now();
      freshUntil = Number.POSITIVE_INFINITY;
      last = jobStatus(place, { signal: ending.signal }).finally(() => {
        const ended = performance.now();
        freshUntil = ended + Math.max(FRESH, REST * (ended - started));
      });
      return last;
    },
    close: () => ending.abort(),
  };
}
