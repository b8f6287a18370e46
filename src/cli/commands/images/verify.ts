import { Command } from "commander";
import { loadModel } from "../../../encoder/load.js";
import { NearlabelError } from "../../../errors.js";
import { printableJson } from "../../../files/printable.js";
import type { ImageTable } from "../../../images/table/image-table.js";
import {
  type Fault,
  type Finding,
  repairTable,
  unreadableRows,
  verifyTable,
} from "../../../images/upkeep/verify.js";
import { count, counted } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import { loadOptions, type ModelFlags, threadsOption } from "../../flags/options.js";
import { openTableOrFolder } from "../../flags/table.js";
import { startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";
import { TABLE_ARGUMENT } from "./table-argument.js";

interface VerifyFlags extends ModelFlags {
  contents?: true;
  repair?: true;
  json?: true;
}

export function verifyCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("verify")
    .description("Find rows that do not hold what they say: damaged vectors, files that are gone or changed.")
    .argument(...TABLE_ARGUMENT)
    .option("--contents", "read every file and compare its contents, in place of its size and time")
    .option("--repair", "embed again what was found, from its files; take out rows that cannot be read")
    .option("--json", "write an object with all findings")
    .addOption(threadsOption())
    .action(async (place: string, flags: VerifyFlags) => exit(await verify(place, flags, terminal)));
}

async function verify(place: string, flags: VerifyFlags, terminal: Terminal): Promise<number> {
  await using table = await openTableOrFolder(place);
  const { repair: isRepair = false } = flags;
  const unreadable = await unreadableRows(table, { repair: isRepair });
  const isAll = unreadable === table.info.count;
  if (unreadable > 0 && (isAll || !isRepair)) throw unreadableError(place, unreadable, table.info.count);
  const { count: rows } = await table.refresh();
  const progress = startProgress(terminal, "rows", rows);
  const findings: Finding[] = [];
  const { signal } = terminal;
  const options = { contents: flags.contents, signal, onProgress: progress.update };
  try {
    for await (const finding of verifyTable(table, options)) findings.push(finding);
  } finally {
    progress.clear();
  }
  const repaired = isRepair && findings.length > 0 ? await repair(table, findings, flags, terminal) : 0;
  if (flags.json)
    terminal.stdout.write(`${printableJson({ count: rows, unreadable, findings, repaired }, 2)}\n`);
  else {
    if (unreadable > 0) writeTakenOut(unreadable, place, terminal);
    writeFindings(findings, repaired, rows, terminal);
  }
  return findings.length > repaired || unreadable > 0 ? EXIT.failed : EXIT.ok;
}

function unreadableError(place: string, unreadable: number, rows: number): NearlabelError {
  const help =
    unreadable === rows
      ? "Check that its disk is there; a table that is lost for good can be deleted and ingested anew."
      : "--repair takes them out, so that the others can be read; nearlabel ingest then embeds again what is missing.";
  return new NearlabelError(
    "TABLE_INVALID",
    `${place}: ${count(unreadable)} of ${counted(rows, "row")} cannot be read, as their files in the table are gone or damaged. ${help}`,
  );
}

function writeTakenOut(unreadable: number, place: string, { stdout }: Terminal): void {
  writeLine(
    stdout,
    `${counted(unreadable, "row")} could not be read, as their files in the table are gone or damaged, and were taken out.\n  Run nearlabel ingest <folder> --table ${place} for each folder that pictures came from: it embeds those that are missing.\n  Labels and columns of your own that those rows had are lost, unless an earlier version has them: nearlabel images versions.`,
  );
}

async function repair(
  table: ImageTable,
  findings: readonly Finding[],
  flags: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  const { model: name, dtype } = table.info;
  await using model = await loadModel(name, {
    ...loadOptions(flags, terminal),
    dtype,
    towers: "vision",
  });
  const { added, changed, unchanged } = await repairTable(table, findings, {
    model,
    signal: terminal.signal,
  });
  return added + changed + unchanged;
}

/** Paths of each kind that are shown. */
const SHOWN = 10;

const MEANING: Readonly<Record<Fault, string>> = {
  vector: "have a vector that is none",
  checksum: "have another vector than was written",
  outdated: "were embedded in another way",
  gone: "have no file any more",
  changed: "have a file that changed",
};

function writeFindings(
  findings: readonly Finding[],
  repaired: number,
  rows: number,
  { stdout }: Terminal,
): void {
  if (findings.length === 0) {
    writeLine(stdout, rows === 0 ? "No pictures." : `${counted(rows, "row")}, all as they say.`);
    return;
  }
  for (const fault of Object.keys(MEANING) as Fault[]) {
    const paths = findings.filter((finding) => finding.fault === fault).map(({ path }) => path);
    if (paths.length === 0) continue;
    writeLine(stdout, `${counted(paths.length, "row")} ${MEANING[fault]}:`);
    for (const path of paths.slice(0, SHOWN)) writeLine(stdout, `  ${path}`);
    if (paths.length > SHOWN) writeLine(stdout, `  and ${count(paths.length - SHOWN)} more; --json has all`);
  }
  const left = findings.length - repaired;
  writeLine(
    stdout,
    `${counted(rows, "row")}, ${count(findings.length)} not as they say, ${count(repaired)} of them repaired.`,
  );
  if (left > 0)
    writeLine(
      stdout,
      "--repair embeds again what has a file; nearlabel ingest --prune takes out what is gone.",
    );
}
