import { Command } from "commander";
import { retryFailures } from "../../../jobs/retry-failures.js";
import { count, counted } from "../../../math/number-text.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";

interface RetryFlags extends PlanFlag {
  out: string;
}

export function retryCommand(terminal: Terminal): Command {
  return new Command("retry")
    .description("Make a new plan of the pictures that failed in a plan.")
    .addOption(planOption())
    .requiredOption("--failures", "try the pictures again that failed")
    .requiredOption("-o, --out <place>", "where the new plan goes")
    .action(async ({ plan, out }: RetryFlags) => {
      const made = await retryFailures(plan, { out, signal: terminal.signal });
      writeLine(
        terminal.stdout,
        `Plan ${made.id.slice(0, 12)} in ${out}: ${counted(made.rows ?? 0, "picture")} in ${counted(made.shards, "shard")}`,
      );
      writeLine(
        terminal.stderr,
        `Next: nearlabel jobs run --plan ${out}   (shards 0 to ${count(made.shards - 1)})`,
      );
    });
}
