import { setTimeout } from "node:timers/promises";
import { Command, Option } from "commander";
import { type CommittedShards, commitShards } from "../../../jobs/commit/commit.js";
import { jobStatus } from "../../../jobs/report/status.js";
import { count, counted } from "../../../math/number-text.js";
import { startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";

interface CommitFlags extends PlanFlag {
  table: string;
  numbers?: "float32" | "float16";
  follow?: true;
}

const FOLLOW_MS = 5000;

export function commitCommand(terminal: Terminal): Command {
  return new Command("commit")
    .description("Put the shards that are done into a table of pictures, and build its index.")
    .addOption(planOption())
    .requiredOption(
      "-t, --table <place>",
      "a folder, or an address such as s3://bucket/photos; made if it is not there",
    )
    .addOption(new Option("--numbers <type>", "of a table that is made now").choices(["float32", "float16"]))
    .option("--follow", "go on until all shards are done or set aside")
    .action((flags: CommitFlags) => commit(flags, terminal));
}

async function commit({ plan, table, numbers, follow }: CommitFlags, terminal: Terminal): Promise<void> {
  const { signal, stdout } = terminal;
  for (;;) {
    const before = follow ? await jobStatus(plan, { signal }) : undefined;
    const progress = startProgress(terminal, "pictures");
    const done = await commitShards(plan, {
      table,
      precision: numbers,
      signal,
      onProgress: ({ rows }) => progress.update(rows),
    }).finally(progress.clear);
    writeLine(stdout, committedText(done));
    if (!before || before.done + before.setAside >= before.plan.shards) return;
    await setTimeout(FOLLOW_MS, undefined, { signal });
  }
}

function committedText({ table, shards, planned, rows, failures, repeated }: CommittedShards): string {
  const parts = [
    `${count(shards)} of ${counted(planned, "shard")} in ${table}`,
    `${counted(rows, "picture")} now`,
    ...(failures > 0 ? [`${count(failures)} failed`] : []),
    ...(repeated > 0 ? [`${count(repeated)} came more than once`] : []),
  ];
  return parts.join(", ");
}
