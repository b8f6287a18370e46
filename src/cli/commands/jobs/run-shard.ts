import { Command, Option } from "commander";
import { NearlabelError } from "../../../errors.js";
import { readPlan } from "../../../jobs/plan/plan-file.js";
import { workOn } from "../../../jobs/run/work.js";
import { openWorker } from "../../../jobs/run/worker.js";
import type { ShardOutcome } from "../../../jobs/shard/shard-outcome.js";
import { counted } from "../../../math/number-text.js";
import { openObjectStore } from "../../../objects/open-store.js";
import { loadOptions, threadsOption, wholeNumber } from "../../flags/options.js";
import type { Terminal } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";
import { outcomeLine } from "./work.js";
import { WORKER_EXIT, workerExit } from "./worker-exit.js";

interface RunShardFlags extends PlanFlag {
  shard?: number;
  perTask: number;
  threads?: number;
}

/** Where engines that start one task a number say which. */
const NUMBERS = ["SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX", "AWS_BATCH_JOB_ARRAY_INDEX"];

export function runShardCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("run-shard")
    .description("Do one shard, as a task of an array of Slurm, Kubernetes or AWS Batch.")
    .addOption(planOption())
    .addOption(
      new Option("-s, --shard <n>", `number of the task, from 0 (env: ${NUMBERS.join(", ")})`).argParser(
        wholeNumber(0),
      ),
    )
    .addOption(
      new Option("--per-task <n>", "shards that a task does, for arrays with fewer numbers than shards")
        .argParser(wholeNumber(1))
        .default(1),
    )
    .addOption(threadsOption())
    .addHelpText(
      "after",
      "\nExit codes: 0 done, now or before; 1 try again; 42 will not go well however often it is tried; 2 wrong plan, model or options.\n",
    )
    .action(async (flags: RunShardFlags) =>
      exit(await workerExit(terminal, () => runShards(flags, terminal))),
    );
}

async function runShards(
  { plan: place, shard, perTask, threads }: RunShardFlags,
  terminal: Terminal,
): Promise<number> {
  const { signal, stdout } = terminal;
  const task = shard ?? numberOfTask(process.env);
  const plan = await readPlan(openObjectStore(place), signal);
  const first = task * perTask;
  if (first >= plan.shards) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected the number of a task from 0 to ${Math.ceil(plan.shards / perTask) - 1}, got ${task}: the plan has ${counted(plan.shards, "shard")}.`,
    );
  }
  const { onNotice } = loadOptions({}, terminal);
  await using worker = await openWorker(place, { threads, onNotice, signal });
  const shards = Array.from({ length: Math.min(perTask, plan.shards - first) }, (_, at) => first + at);
  let code: number = WORKER_EXIT.done;
  for await (const outcome of workOn(worker.job, shards, signal)) {
    stdout.write(`${outcomeLine(outcome)}\n`);
    code = worse(code, outcome);
  }
  return code;
}

/** To try again counts for more than to set aside: what can be done must not be left out for what cannot. */
function worse(code: number, { state }: ShardOutcome): number {
  if (state === "retry" || code === WORKER_EXIT.retry) return WORKER_EXIT.retry;
  return state === "poison" ? WORKER_EXIT.poison : code;
}

function numberOfTask(environment: NodeJS.ProcessEnv): number {
  const name = NUMBERS.find((each) => environment[each]);
  const text = name === undefined ? "" : environment[name]!.trim();
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new NearlabelError(
    "OPTION_INVALID",
    name === undefined
      ? `Expected --shard, or the number of the task in ${NUMBERS.join(", ")}.`
      : `Expected ${name} to be the number of a task, got ${JSON.stringify(text)}.`,
  );
}
