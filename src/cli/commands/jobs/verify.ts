import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import { type JobVerification, verifyJob } from "../../../jobs/report/verify.js";
import { count, counted } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import { startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";

interface VerifyFlags extends PlanFlag {
  table?: string;
  json?: true;
}

/** Problems shown in full; --json has the first thousand. */
const SHOWN = 20;

export function verifyCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("verify")
    .description("Read all that workers wrote, and tell what is missing, damaged, or not as planned.")
    .addOption(planOption())
    .option("-t, --table <place>", "compare with this table of pictures too, vector by vector")
    .option("--json", "write an object")
    .action(async ({ plan, table, json }: VerifyFlags) => {
      const progress = startProgress(terminal, "shards");
      const found = await verifyJob(plan, {
        table,
        signal: terminal.signal,
        onProgress: progress.update,
      }).finally(progress.clear);
      const { plan: verified, ...result } = found;
      if (json) terminal.stdout.write(`${printableJson({ plan: verified.id, ...result }, 2)}\n`);
      else writeFound(found, terminal);
      exit(found.problemCount > 0 ? EXIT.failed : EXIT.ok);
    });
}

function writeFound(
  { plan, whole, missing, pictures, problems, problemCount }: JobVerification,
  terminal: Terminal,
): void {
  const { stdout } = terminal;
  for (const { shard, path, message } of problems.slice(0, SHOWN)) {
    writeLine(stdout, `shard ${shard}${path === undefined ? "" : `, ${path}`}: ${message}`);
  }
  if (problemCount > SHOWN) writeLine(stdout, `and ${count(problemCount - SHOWN)} more; --json has them`);
  writeLine(
    stdout,
    `${count(whole)} of ${counted(plan.shards, "shard")} whole, ${count(missing)} not done, ${counted(pictures, "picture")}, ${counted(problemCount, "problem")}`,
  );
}
