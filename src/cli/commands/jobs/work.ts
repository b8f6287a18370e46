import { createInterface } from "node:readline";
import { Command } from "commander";
import { NearlabelError } from "../../../errors.js";
import { printableJson } from "../../../files/printable.js";
import { workOn } from "../../../jobs/run/work.js";
import { openWorker } from "../../../jobs/run/worker.js";
import type { ShardOutcome } from "../../../jobs/shard/shard-outcome.js";
import { loadOptions, threadsOption } from "../../flags/options.js";
import type { Terminal } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";
import { WORKER_EXIT, workerExit } from "./worker-exit.js";

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
    .action(async (flags: WorkFlags) => exit(await workerExit(terminal, () => work(flags, terminal))));
}

async function work({ plan: place, threads }: WorkFlags, terminal: Terminal): Promise<number> {
  const { signal } = terminal;
  const { onNotice } = loadOptions({}, terminal);
  await using worker = await openWorker(place, { threads, onNotice, signal });
  terminal.stdout.write('{"ready":true}\n');
  for await (const outcome of workOn(worker.job, shardNumbers(terminal), signal)) {
    terminal.stdout.write(`${outcomeLine(outcome)}\n`);
  }
  return WORKER_EXIT.done;
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
