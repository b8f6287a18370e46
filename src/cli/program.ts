import { Command, CommanderError } from "commander";
import { codedError } from "../errors.js";
import { packageVersion } from "../files/package-files.js";
import { printable } from "../files/printable.js";
import { EXIT, exitCodeOf, interruptedCode } from "./exit.js";
import { collect } from "./flags/options.js";
import { writeError } from "./terminal/error-line.js";
import { eraseLine } from "./terminal/progress.js";
import type { Terminal } from "./terminal/terminal.js";

type MakeCommand = (terminal: Terminal, exit: (code: number) => void) => Command;

/** Each command in a file of its own, loaded only when it is wanted: the others would cost half of a short run. */
const COMMANDS: Readonly<Record<string, () => Promise<MakeCommand>>> = {
  classify: async () => (await import("./commands/classify.js")).classifyCommand,
  unsort: async () => (await import("./commands/unsort.js")).unsortCommand,
  labels: async () => (await import("./commands/labels/labels.js")).labelsCommand,
  evaluate: async () => (await import("./commands/evaluate.js")).evaluateCommand,
  prompts: async () => (await import("./commands/prompts.js")).promptsCommand,
  explain: async () => (await import("./commands/explain.js")).explainCommand,
  datasets: async () => (await import("./commands/datasets.js")).datasetsCommand,
  embed: async () => (await import("./commands/embed.js")).embedCommand,
  jobs: async () => (await import("./commands/jobs/jobs.js")).jobsCommand,
  models: async () => (await import("./commands/models/models.js")).modelsCommand,
  ingest: async () => (await import("./commands/ingest.js")).ingestCommand,
  images: async () => (await import("./commands/images/images.js")).imagesCommand,
  cache: async () => (await import("./commands/cache.js")).cacheCommand,
  search: async () => (await import("./commands/search.js")).searchCommand,
  doctor: async () => (await import("./commands/doctor.js")).doctorCommand,
  bench: async () => (await import("./commands/bench.js")).benchCommand,
  serve: async () => (await import("./commands/serve.js")).serveCommand,
  mcp: async () => (await import("./commands/mcp.js")).mcpCommand,
  keys: async () => (await import("./commands/keys.js")).keysCommand,
  demo: async () => (await import("./commands/demo.js")).demoCommand,
};

/** Runs one command line, without the program's name, and returns its exit code. */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  let exitCode: number = EXIT.ok;
  const [first = ""] = args;
  const wanted = Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
  const program = await createProgram(wanted, terminal, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args.flatMap(separated), { from: "user" });
    return terminal.signal.aborted ? interruptedCode(terminal.signal) : exitCode;
  } catch (error) {
    return ended(error, terminal);
  }
}

async function createProgram(
  wanted: readonly string[],
  terminal: Terminal,
  exit: (code: number) => void,
): Promise<Command> {
  const program = new Command("nearlabel")
    .description("Zero-shot image classification with vector search.")
    .version(packageVersion(), "-V, --version", "print the version")
    .helpCommand("help [command]", "show help for a command")
    .showHelpAfterError("(add --help for the options)")
    .addHelpText(
      "after",
      "\nFirst steps:\n  nearlabel demo\n  nearlabel classify photos/ --labels cat,dog,bird\n",
    );
  for (const name of wanted) program.addCommand((await COMMANDS[name]!())(terminal, exit));
  // Settings are inherited only by commands made with .command(), so each command is given them here.
  for (const command of everyCommand(program)) {
    command.exitOverride().configureOutput({
      writeOut: (text) => terminal.stdout.write(text),
      writeErr: (text) => terminal.stderr.write(text.split("\n").map(printable).join("\n")),
      getOutHasColors: () => terminal.stdout.isTTY && terminal.stdout.hasColors(),
      getErrHasColors: () => terminal.stderr.isTTY && terminal.stderr.hasColors(),
    });
    command.showHelpAfterError("(add --help for the options)");
    refuseSecondValues(command);
  }
  return program;
}

/** `-l=bus` as `-l bus`: of a short option commander would take the equals sign for a part of the value. */
function separated(arg: string): string[] {
  return /^-[A-Za-z]=/.test(arg) ? [arg.slice(0, 2), arg.slice(3)] : [arg];
}

/** An option that takes one value is given once: a second one would replace the first without a word. */
function refuseSecondValues(command: Command): void {
  for (const option of command.options) {
    if (option.isBoolean() || option.variadic || option.parseArg === collect) continue;
    let first: string | undefined;
    command.on(`option:${option.name()}`, (value: string | null) => {
      if (first !== undefined && value !== first) {
        command.error(`error: option '${option.flags}' was given twice: ${first} and ${value}`);
      }
      first = value ?? first;
    });
  }
}

function everyCommand(command: Command): Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

/** Tells on stderr what ended a command, and returns the exit code. */
function ended(error: unknown, terminal: Terminal): number {
  const { stderr, signal } = terminal;
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (signal.aborted) {
    eraseLine(terminal);
    stderr.write("Interrupted.\n");
    return interruptedCode(signal);
  }
  const coded = codedError(error);
  writeError(coded, terminal);
  return exitCodeOf(coded);
}
