import { Command, Option } from "commander";
import { readPlan } from "../../../jobs/plan/plan-file.js";
import { runJob } from "../../../jobs/run/run-job.js";
import { counted } from "../../../math/number-text.js";
import { openObjectStore } from "../../../objects/open-store.js";
import { loadOptions, wholeNumber } from "../../flags/options.js";
import { writeError } from "../../terminal/error-line.js";
import { duration, startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption, WORKER_EXIT } from "./options.js";

interface RunFlags extends PlanFlag {
  workers: number;
  tries: number;
}

export function runCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("run")
    .description("Do all shards that are not done, here or on a Ray cluster.")
    .addOption(planOption())
    .addOption(
      new Option("--workers <n>", "models side by side on this machine").argParser(wholeNumber(1)).default(1),
    )
    .addOption(new Option("--tries <n>", "how often a shard is tried").argParser(wholeNumber(1)).default(3))
    .action(async (flags: RunFlags) => exit(await runHere(flags, terminal)));
}

interface Tally {
  done: number;
  rows: number;
  failed: number;
  left: number;
}

async function runHere({ plan: place, workers, tries }: RunFlags, terminal: Terminal): Promise<number> {
  const { signal, stderr } = terminal;
  const plan = await readPlan(openObjectStore(place), signal);
  const progress = startProgress(terminal, "pictures", plan.rows);
  const tally: Tally = { done: 0, rows: 0, failed: 0, left: 0 };
  const started = performance.now();
  let poison = 0;
  try {
    const { onNotice } = loadOptions({}, terminal);
    for await (const { shard, state, rows, failed, error } of runJob(place, {
      workers,
      tries,
      onNotice,
      signal,
    })) {
      if (error) {
        progress.clear();
        writeLine(stderr, `Shard ${shard}:`);
        writeError(error, terminal);
        tally.left++;
        if (state === "poison") poison++;
      } else tally.done++;
      tally.rows += rows;
      tally.failed += failed;
      progress.update(tally.rows + tally.failed);
    }
  } finally {
    progress.clear();
  }
  writeSummary(tally, place, (performance.now() - started) / 1000, terminal);
  if (tally.left === 0) return WORKER_EXIT.done;
  return poison === tally.left ? WORKER_EXIT.poison : WORKER_EXIT.retry;
}

function writeSummary(
  { done, rows, failed, left }: Tally,
  place: string,
  seconds: number,
  terminal: Terminal,
): void {
  const failures = failed === 0 ? "" : `, ${counted(failed, "picture")} failed`;
  const rest = left === 0 ? "" : `; ${counted(left, "shard")} not done`;
  writeLine(
    terminal.stdout,
    `${counted(done, "shard")} done, ${counted(rows, "picture")}${failures}, ${duration(seconds)}${rest}`,
  );
  if (left === 0) writeLine(terminal.stderr, `Next: nearlabel jobs commit --plan ${place} --table photos.db`);
}
