import { Command, Option } from "commander";
import { NearlabelError } from "../../../errors.js";
import { readPlan } from "../../../jobs/plan/plan-file.js";
import { RAY, runOnRay } from "../../../jobs/run/ray.js";
import { runJob } from "../../../jobs/run/run-job.js";
import { countMissing } from "../../../jobs/shard/done-shards.js";
import type { ShardOutcome } from "../../../jobs/shard/shard-outcome.js";
import { count, counted } from "../../../math/number-text.js";
import { openObjectStore } from "../../../objects/open-store.js";
import { loadOptions, numberBetween, wholeNumber } from "../../flags/options.js";
import { writeError } from "../../terminal/error-line.js";
import { duration, type Progress, startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";
import { WORKER_EXIT } from "./worker-exit.js";

interface RunFlags extends PlanFlag {
  workers?: number;
  tries?: number;
  ray?: string;
  python?: string;
  cpusPerWorker?: number;
  gpusPerWorker?: number;
  maxInFlight?: number;
  workerCommand?: string;
}

export function runCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("run")
    .description("Do all shards that are not done, on this machine or on a Ray cluster.")
    .addOption(planOption())
    .addOption(
      new Option(
        "--workers <n>",
        "models side by side; 1 here, and as many as there is room for on Ray",
      ).argParser(wholeNumber(1)),
    )
    .addOption(
      new Option("--tries <n>", "how often a shard is tried, lost workers included (default: 3)").argParser(
        wholeNumber(1),
      ),
    )
    .optionsGroup(`On a Ray cluster (pip install '${RAY}'):`)
    .option(
      "--ray <address>",
      "auto, for the cluster of this machine or one that is started here, or host:port",
    )
    .option("--python <path>", "the Python that has Ray (default: python3)")
    .addOption(
      new Option("--cpus-per-worker <n>", "processors of a worker (default: 1)").argParser(
        numberBetween(0.1, 1024),
      ),
    )
    .addOption(
      new Option("--gpus-per-worker <n>", "GPUs of a worker; 0.5 for two workers on one").argParser(
        numberBetween(0, 64),
      ),
    )
    .addOption(
      new Option("--max-in-flight <n>", "shards that a worker has at a time (default: 2)").argParser(
        wholeNumber(1),
      ),
    )
    .option("--worker-command <text>", "nearlabel on the nodes (default: this program, at the same path)")
    .action(async (flags: RunFlags) => exit(await run(flags, terminal)));
}

interface Tally {
  done: number;
  rows: number;
  failed: number;
  left: number;
  poison: number;
}

async function run(flags: RunFlags, terminal: Terminal): Promise<number> {
  const { plan: place } = flags;
  const store = openObjectStore(place);
  const plan = await readPlan(store, terminal.signal);
  const left = await countMissing(store, plan, terminal.signal);
  if (left.shards < plan.shards) {
    const done = plan.shards - left.shards;
    writeLine(terminal.stderr, `${count(done)} of ${counted(plan.shards, "shard")} done before`);
  }
  const progress = startProgress(terminal, "pictures", left.rows);
  const outcomes =
    flags.ray === undefined ? here(flags, terminal) : onRay(flags, flags.ray, progress, terminal);
  const tally: Tally = { done: 0, rows: 0, failed: 0, left: 0, poison: 0 };
  const started = performance.now();
  try {
    for await (const outcome of outcomes) {
      add(tally, outcome);
      if (outcome.error) {
        progress.clear();
        writeLine(terminal.stderr, `Shard ${outcome.shard}:`);
        writeError(outcome.error, terminal);
      }
      progress.update(tally.rows + tally.failed);
    }
  } finally {
    progress.clear();
  }
  writeSummary(tally, place, (performance.now() - started) / 1000, terminal);
  if (tally.left === 0) return WORKER_EXIT.done;
  return tally.poison === tally.left ? WORKER_EXIT.poison : WORKER_EXIT.retry;
}

function add(tally: Tally, { state, rows, failed, error }: ShardOutcome): void {
  if (error) tally.left++;
  else tally.done++;
  if (state === "poison") tally.poison++;
  tally.rows += rows;
  tally.failed += failed;
}

function here(flags: RunFlags, terminal: Terminal): AsyncGenerator<ShardOutcome> {
  const { plan, workers, tries, python, cpusPerWorker, gpusPerWorker, maxInFlight, workerCommand } = flags;
  const ofRay = { python, cpusPerWorker, gpusPerWorker, maxInFlight, workerCommand };
  const [stray] = Object.entries(ofRay).find(([, value]) => value !== undefined) ?? [];
  if (stray !== undefined) {
    const name = stray.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    throw new NearlabelError("OPTION_INVALID", `--${name} is for Ray. Leave it out, or give --ray auto.`);
  }
  const { onNotice } = loadOptions({}, terminal);
  return runJob(plan, { workers, tries, onNotice, signal: terminal.signal });
}

function onRay(
  flags: RunFlags,
  address: string,
  progress: Progress,
  terminal: Terminal,
): AsyncGenerator<ShardOutcome> {
  const { plan, workers, tries, python, cpusPerWorker, gpusPerWorker, maxInFlight, workerCommand } = flags;
  const tell = (text: string) => {
    progress.clear();
    writeLine(terminal.stderr, text);
  };
  return runOnRay(plan, {
    ...{ address, workers, tries, python, maxInFlight },
    cpus: cpusPerWorker,
    gpus: gpusPerWorker,
    command: workerCommand?.split(/\s+/).filter(Boolean) ?? [process.execPath, process.argv[1]!],
    signal: terminal.signal,
    onStart: ({ dashboard, version, workers: count }) =>
      tell(
        `Ray ${version}, ${counted(count, "worker")}${dashboard === "" ? "" : `; dashboard: http://${dashboard}`}`,
      ),
    onNotice: tell,
  });
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
