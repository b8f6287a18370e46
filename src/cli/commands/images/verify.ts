import { Command } from "commander";
import { loadModel } from "../../../encoder/load.js";
import { printableJson } from "../../../files/printable.js";
import type { ImageTable } from "../../../images/table/image-table.js";
import { type Fault, type Finding, repairTable, verifyTable } from "../../../images/upkeep/verify.js";
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
    .option("--repair", "embed the pictures that were found again, from their files")
    .option("--json", "write an object with all findings")
    .addOption(threadsOption())
    .action(async (place: string, flags: VerifyFlags) => exit(await verify(place, flags, terminal)));
}

async function verify(place: string, flags: VerifyFlags, terminal: Terminal): Promise<number> {
  await using table = await openTableOrFolder(place);
  const progress = startProgress(terminal, "rows", table.info.count);
  const findings: Finding[] = [];
  const { signal } = terminal;
  const options = { contents: flags.contents, signal, onProgress: progress.update };
  try {
    for await (const finding of verifyTable(table, options)) findings.push(finding);
  } finally {
    progress.clear();
  }
  const repaired = flags.repair && findings.length > 0 ? await repair(table, findings, flags, terminal) : 0;
  if (flags.json)
    terminal.stdout.write(`${printableJson({ count: table.info.count, findings, repaired }, 2)}\n`);
  else writeFindings(findings, repaired, table.info.count, terminal);
  return findings.length > repaired ? EXIT.failed : EXIT.ok;
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
    writeLine(stdout, `${counted(rows, "row")}, all as they say.`);
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
