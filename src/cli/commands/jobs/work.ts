import { createInterface } from "node:readline";
import { Command } from "commander";
import { loadModel } from "../../../encoder/load.js";
import { NearlabelError } from "../../../errors.js";
import { printableJson } from "../../../files/printable.js";
import { readPlan } from "../../../jobs/plan/plan-file.js";
import { workOn } from "../../../jobs/run/work.js";
import { loadOptionsOf, openJob } from "../../../jobs/shard/job.js";
import type { ShardOutcome } from "../../../jobs/shard/shard-outcome.js";
import { checkConditionalPut } from "../../../objects/conditional-put.js";
import { openObjectStore } from "../../../objects/open-store.js";
import { loadOptions, threadsOption } from "../../flags/options.js";
import type { Terminal } from "../../terminal/terminal.js";
import { type PlanFlag, planOption, WORKER_EXIT } from "./options.js";

interface WorkFlags extends PlanFlag {
  stdin?: true;
  threads?: number;
}

export function workCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("work")
    .description("Do the shards whose numbers come on stdin, one a line, and write one JSON line for each.")
    .addOption(planOption())
    .requiredOption("--stdin", "read the numbers of shards from stdin")
    .addOption(threadsOption())
    .addHelpText(
      "after",
      `
For engines that keep a worker: the model is loaded once. Before the first result comes the line {"ready":true}.
Exit codes: 0 all lines were answered, 1 try again, 2 wrong plan, model or options.
`,
    )
    .action(async (flags: WorkFlags) => {
      await work(flags, terminal);
      exit(WORKER_EXIT.done);
    });
}

async function work({ plan: place, threads }: WorkFlags, terminal: Terminal): Promise<void> {
  const { signal } = terminal;
  const store = openObjectStore(place);
  const plan = await readPlan(store, signal);
  await checkConditionalPut(store, signal);
  const { onNotice } = loadOptions({}, terminal);
  await using encoder = await loadModel(plan.model.id, { ...loadOptionsOf(plan), threads, onNotice });
  const job = await openJob(place, { encoder, signal });
  terminal.stdout.write('{"ready":true}\n');
  for await (const outcome of workOn(job, shardNumbers(terminal), signal)) {
    terminal.stdout.write(`${outcomeLine(outcome)}\n`);
  }
}

/** What became of a shard, for programs: one line of JSON. */
export function outcomeLine({ error, ...outcome }: ShardOutcome): string {
  return printableJson({ ...outcome, ...(error && { error: error.toJSON() }) });
}

async function* shardNumbers({ stdin }: Terminal): AsyncGenerator<number> {
  for await (const line of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    const text = line.trim();
    if (text === "") continue;
    if (/^\d{1,15}$/.test(text)) yield Number(text);
    else {
      const message = `Expected the number of a shard on each line of stdin, got ${JSON.stringify(line.slice(0, 80))}.`;
      throw new NearlabelError("OPTION_INVALID", message);
    }
  }
}
