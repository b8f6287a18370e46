import { Option } from "commander";

export interface PlanFlag {
  plan: string;
}

export const planOption = () =>
  new Option(
    "-p, --plan <place>",
    "where the plan lies: a folder, or an address such as s3://bucket/run",
  ).makeOptionMandatory();

/** What a worker says to whoever started it. */
export const WORKER_EXIT = {
  done: 0,
  /** May go well at another time, or elsewhere. */
  retry: 1,
  /** Will not go well, however often it is tried. */
  poison: 42,
} as const;
