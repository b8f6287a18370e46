import { Command } from "commander";
import type { Terminal } from "../../terminal/terminal.js";
import { commitCommand } from "./commit.js";
import { planCommand } from "./plan.js";
import { retryCommand } from "./retry.js";
import { runCommand } from "./run.js";
import { runShardCommand } from "./run-shard.js";
import { statusCommand } from "./status.js";
import { verifyCommand } from "./verify.js";
import { workCommand } from "./work.js";

export function jobsCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("jobs")
    .description("Embed, label or evaluate pictures in shards, on one machine or many.")
    .addCommand(planCommand(terminal))
    .addCommand(runCommand(terminal, exit))
    .addCommand(workCommand(terminal, exit))
    .addCommand(runShardCommand(terminal, exit))
    .addCommand(statusCommand(terminal))
    .addCommand(commitCommand(terminal))
    .addCommand(verifyCommand(terminal, exit))
    .addCommand(retryCommand(terminal))
    .addHelpText(
      "after",
      `
From pictures to a table:
  nearlabel jobs plan photos/ --out run/
  nearlabel jobs run --plan run/
  nearlabel jobs commit --plan run/ --table photos.db
Places are folders, or addresses such as s3://bucket/run.
`,
    );
}
