import { setTimeout } from "node:timers/promises";
import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import { type JobStatus, jobStatus } from "../../../jobs/report/status.js";
import { count, counted, percent } from "../../../math/number-text.js";
import { duration } from "../../terminal/progress.js";
import { bar, tableLines } from "../../terminal/table.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { type PlanFlag, planOption } from "./options.js";

interface StatusFlags extends PlanFlag {
  json?: true;
  watch?: true;
}

const WATCH_MS = 2000;
/** Shards set aside that are shown. */
const SHOWN = 5;

export function statusCommand(terminal: Terminal): Command {
  return new Command("status")
    .description("Tell how far a plan is: shards, pictures a second, time left, failures by kind.")
    .addOption(planOption())
    .option("--json", "write an object")
    .option("--watch", "go on telling every two seconds, until all is done")
    .action((flags: StatusFlags) => status(flags, terminal));
}

async function status(
  { plan: place, json, watch }: StatusFlags,
  { stdout, signal }: Terminal,
): Promise<void> {
  let lines = 0;
  for (;;) {
    const found = await jobStatus(place, { signal });
    if (lines > 0 && stdout.isTTY) stdout.write(`\u001b[${lines}A\u001b[0J`);
    const shown = json ? [printableJson(plain(found))] : statusLines(found);
    for (const line of shown) writeLine(stdout, line);
    lines = shown.length;
    if (!watch || found.done + found.setAside >= found.plan.shards) return;
    await setTimeout(WATCH_MS, undefined, { signal });
  }
}

function plain({ plan, poison, ...progress }: JobStatus): object {
  const { id, shards, rows } = plan;
  return { plan: { id, shards, ...(rows !== undefined && { rows }) }, ...progress, poison };
}

function statusLines({
  plan,
  done,
  rows,
  failed,
  failures,
  setAside,
  poison,
  rate,
  secondsLeft,
  latest,
}: JobStatus): string[] {
  const { task, source, model } = plan;
  const planned = plan.rows === undefined ? "" : ` of ${count(plan.rows)}`;
  const speed = rate === undefined ? "" : `, ${rate < 10 ? rate.toFixed(1) : count(Math.round(rate))}/s`;
  const left = secondsLeft === undefined || done === plan.shards ? "" : `, ${duration(secondsLeft)} left`;
  return tableLines(
    [{ header: "" }, { header: "" }],
    [
      ["plan", `${plan.id.slice(0, 12)}, ${task.kind} ${source.place} with ${model.id}`],
      [
        "shards",
        `${bar(done / plan.shards, 20)} ${count(done)} of ${count(plan.shards)}, ${percent(done / plan.shards)}${left}`,
      ],
      ["pictures", `${count(rows + failed)}${planned}${speed}`],
      ...(latest === undefined ? [] : [["last shard", latest.replace("T", " ").replace(/\.\d+Z$/, " UTC")]]),
      ["failed", failed === 0 ? "none" : kinds(failures)],
      ...(setAside > 0 ? [["set aside", counted(setAside, "shard")]] : []),
      ...poison
        .slice(0, SHOWN)
        .map(({ shard, code, message }) => [`  shard ${shard}`, `${code}: ${message}`]),
      ...(setAside > SHOWN
        ? [["", `and ${count(setAside - SHOWN)} more: --json has the first hundred`]]
        : []),
    ],
  );
}

function kinds(failures: Readonly<Record<string, number>>): string {
  const sorted = Object.entries(failures).sort(([, a], [, b]) => b - a);
  return sorted.map(([code, number]) => `${count(number)} ${code}`).join(", ");
}
