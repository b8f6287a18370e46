import { Command, Option } from "commander";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import { type EvaluationResult, evaluate } from "../../evaluate/evaluate.js";
import type { RunSpec } from "../../evaluate/options.js";
import { OtherLabelsError } from "../../evaluate/parts.js";
import { modelNote } from "../../model/built-in.js";
import type { Dataset } from "../../rows/dataset.js";
import { withLabels } from "../../rows/labels-in.js";
import { EXIT } from "../exit.js";
import { openFlaggedDataset } from "../flags/dataset.js";
import { openCliCache } from "../flags/embedding-cache.js";
import { type RunFlags, runsOf } from "../flags/evaluation-runs.js";
import {
  cacheOption,
  collect,
  datasetOption,
  decodeOption,
  deviceOption,
  dtypeOption,
  imageColumnOption,
  labelColumnOption,
  maxPixelsOption,
  orientationOption,
  splitOption,
  templateOption,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { parentsFrom } from "../flags/parents.js";
import { type SelectionFlags, selected } from "../flags/selection.js";
import { checkOutputs, headlineText, writeEvaluation } from "../output/evaluation.js";
import { startProgress } from "../terminal/progress.js";
import { shellWord } from "../terminal/shell-word.js";
import { type Terminal, writeLine, writeNote } from "../terminal/terminal.js";

export interface EvaluateFlags extends RunFlags, SelectionFlags {
  dataset: string;
  split?: string;
  imageColumn?: string;
  labelColumn?: string;
  parents?: string;
  otherLabels: "refuse" | "ignore" | "detect";
  seed: number;
  cache: boolean;
  report?: string;
  json?: string;
  csv?: string;
  markdown?: string;
}

export function evaluateCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("evaluate")
    .description("Measure how well labels, prompts and models name the pictures of a labelled data set.")
    .optionsGroup("Pictures:")
    .addOption(datasetOption("labelled data set").makeOptionMandatory())
    .addOption(splitOption())
    .addOption(imageColumnOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "the first n pictures").argParser(wholeNumber(1)))
    .addOption(new Option("--sample <n>", "n pictures drawn with the seed").argParser(wholeNumber(1)))
    .option("--label-map <file>", "CSV or JSON that maps labels of the data set to labels of the set")
    .addOption(new Option("--seed <n>", "of samples and intervals").argParser(wholeNumber(0)).default(0))
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .optionsGroup("What is compared (repeat an option for one more column):")
    .addOption(
      new Option("-m, --model <name>", "built-in model, model folder or hub id; repeatable").argParser(
        collect,
      ),
    )
    .addOption(
      new Option("-l, --labels <names|file>", "labels; default: those of the data set; repeatable").argParser(
        collect,
      ),
    )
    .addOption(new Option("-i, --index <folder>", "label index; repeatable").argParser(collect))
    .addOption(templateOption())
    .addOption(templatesOption())
    .option("--each-template", "every template on its own as well")
    .option("--original", "the arithmetic of the tutorial that this grew from as well")
    .addOption(
      new Option(
        "--other-labels <what>",
        "pictures whose label is not in the set: an error, left out, or unknown ones",
      )
        .choices(["refuse", "ignore", "detect"])
        .default("refuse"),
    )
    .option("--parents <column|file>", "broader classes: a label column of the data set, or a label file")
    .optionsGroup("Model:")
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(cacheOption())
    .optionsGroup("Results (- is stdout):")
    .option("--report <file>", "write an HTML page to look at; it needs no network")
    .option("--json <file>", "write all figures")
    .option("--csv <file>", "write one line a picture and run")
    .option("--markdown <file>", "write the tables")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: EvaluateFlags, command: Command) =>
      exit(await runEvaluation(flags, commandLine(command.parent?.args ?? []), terminal)),
    );
}

const EXAMPLES = `
Embeddings of pictures are kept, so that a second run with other labels or templates takes seconds and an interrupted one
goes on where it stopped.
Exit code: 0 all done, 1 some pictures failed, 2 nothing could be done, 130 or 143 interrupted.

Examples:
  nearlabel evaluate --dataset photos/ --report report.html
  nearlabel evaluate --dataset cifar100/ --original -t "a photo of a {}" -t "a picture of a {}" --each-template
  nearlabel evaluate --dataset cifar100/ --parents coarse_label --json figures.json
`;

/** The command line again. */
function commandLine(args: readonly string[]): string {
  return ["nearlabel", ...args].map(shellWord).join(" ");
}

async function runEvaluation(flags: EvaluateFlags, command: string, terminal: Terminal): Promise<number> {
  await checkOutputs(flags);
  const opened = await openFlaggedDataset(flags.dataset, flags, terminal);
  // Before rows are selected: what is told apart must not depend on which they are.
  const asked = flags.labels !== undefined || flags.index !== undefined;
  const dataset = await selected(asked ? opened : await withLabels(opened), flags, terminal);
  const models: Model[] = [];
  try {
    const runs = await runsOf(flags, dataset, parentsFrom(flags, terminal), models, terminal);
    const result = await evaluated(dataset, runs, flags, command, terminal);
    await writeEvaluation(result, dataset, flags, terminal);
    for (const id of new Set(runs.map(({ model }) => model.identity.id))) {
      writeNote(terminal.stderr, `Model: ${modelNote(id)}.`);
    }
    return result.evaluation.failures.length > 0 ? EXIT.failed : EXIT.ok;
  } finally {
    for (const model of models) await model.close();
  }
}

async function evaluated(
  dataset: Dataset,
  runs: readonly RunSpec[],
  flags: EvaluateFlags,
  command: string,
  terminal: Terminal,
): Promise<EvaluationResult> {
  const { stderr, signal } = terminal;
  const progress = startProgress(terminal, "pictures", dataset.size);
  let done = 0;
  try {
    return await evaluate({
      dataset,
      runs,
      seed: flags.seed,
      command,
      otherLabels: flags.otherLabels,
      signal,
      cacheOf: flags.cache ? (model) => openCliCache(model, terminal) : undefined,
      onProgress(count) {
        done = count;
        progress.update(count);
      },
      onHeadline(headline) {
        progress.clear();
        writeLine(stderr, headlineText(headline));
      },
    });
  } catch (error) {
    progress.clear();
    if (error instanceof OtherLabelsError) throw withOptions(error);
    if (signal.aborted && flags.cache) {
      stderr.write(`${done} pictures are embedded and kept: the same command goes on from there.\n`);
    }
    throw error;
  } finally {
    progress.clear();
  }
}

/** `error` with the options that it speaks of. */
function withOptions(error: OtherLabelsError): NearlabelError {
  return new NearlabelError(
    error.code,
    `${error.message} --label-map maps them; --other-labels ignore leaves such pictures out, and --other-labels detect takes them for unknown ones.`,
    { cause: error },
  );
}
