import { Command, Option } from "commander";
import { type Classifier, createClassifier } from "../../classify/classifier.js";
import type { EmbeddingCache } from "../../encoder/embedding-cache.js";
import { NearlabelError } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet } from "../../labels/set/label-set.js";
import { modelNote } from "../../model/built-in.js";
import type { Dataset } from "../../rows/dataset.js";
import { labelsIn } from "../../rows/labels-in.js";
import { EXIT } from "../exit.js";
import { openCliCache } from "../flags/embedding-cache.js";
import { labelsOf, labelsOption } from "../flags/labels.js";
import {
  chosenModel,
  datasetOption,
  decodeOption,
  deviceOption,
  dtypeOption,
  imageColumnOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  maxPixelsOption,
  modelOption,
  numberBetween,
  orientationOption,
  splitOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { openPictures, type Pictures, type PicturesOptions } from "../flags/pictures.js";
import { negativesOption, type RejectFlags, rejectOf, rejectOption } from "../flags/reject.js";
import { labelSetOption, whereOption } from "../flags/where.js";
import { formatOf } from "../output/chosen-format.js";
import { type ResultOptions, writeResults } from "../output/results.js";
import { undoFileIn } from "../sort/log.js";
import { outsideOf } from "../sort/outside.js";
import type { SortOptions } from "../sort/sorter.js";
import { startProgress } from "../terminal/progress.js";
import { type Terminal, writeNote } from "../terminal/terminal.js";

interface ClassifyFlags extends PicturesOptions, ModelFlags, TemplateFlags, RejectFlags {
  table?: string;
  labelSet?: string;
  where?: string;
  save?: string;
  fit?: string | true;
  labels?: string[];
  index?: string;
  search?: "memory" | "table";
  top: number;
  minScore?: number;
  minSimilarity?: number;
  multiLabel?: true;
  json?: true;
  jsonl?: true;
  csv?: true;
  sortInto?: string;
  link?: true;
  move?: true;
  dryRun?: true;
  undoFile?: string;
  cache?: true;
}

export function classifyCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("classify")
    .description("Name what is in pictures, with the labels you give.")
    .argument("[pictures...]", "files, folders, globs, or - for a picture on stdin")
    .optionsGroup("Labels:")
    .addOption(labelsOption())
    .option("-i, --index <folder>", "label index made by nearlabel labels build")
    .addOption(templateOption())
    .addOption(templatesOption())
    .addOption(new Option("--search <where>", "where an index is searched").choices(["memory", "table"]))
    .optionsGroup("Pictures:")
    .option("--files-from <file>", "names of pictures, one a line or NUL-separated; - is stdin")
    .addOption(datasetOption())
    .addOption(splitOption())
    .addOption(imageColumnOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "stop after n pictures").argParser(wholeNumber(1)))
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .optionsGroup("Pictures that nearlabel ingest stored:")
    .option("--table <place>", "the table; no picture is opened")
    .addOption(whereOption())
    .addOption(labelSetOption())
    .option("--save <name>", "write labels into the table, and keep the label set there under this name")
    .option(
      "--fit [column]",
      "with --multi-label: fit a least score for each label on pictures with known labels (default: given_label)",
    )
    .optionsGroup("Model:")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--cache", "keep embeddings, so that the same pictures are only read the next time")
    .optionsGroup("Results:")
    .addOption(new Option("-k, --top <n>", "labels a picture").argParser(wholeNumber(1)).default(5))
    .addOption(new Option("--min-score <s>", "leave out lower scores").argParser(numberBetween(0, 1)))
    .addOption(new Option("--min-similarity <s>", "leave out lower cosines").argParser(numberBetween(-1, 1)))
    .option("--multi-label", "score each label on its own")
    .addOption(rejectOption())
    .addOption(negativesOption())
    .addOption(new Option("--json", "write an array").conflicts(["jsonl", "csv"]))
    .addOption(new Option("--jsonl", "write one object a line").conflicts(["json", "csv"]))
    .addOption(new Option("--csv", "write one line a prediction").conflicts(["json", "jsonl"]))
    .optionsGroup("Sorting:")
    .option("--sort-into <folder>", "copy each picture into a folder named by its label; never overwrites")
    .addOption(new Option("--link", "hard links in place of copies").conflicts("move"))
    .addOption(new Option("--move", "move the pictures in place of copying").conflicts("link"))
    .option("--undo-file <file>", "write down what is done, for nearlabel unsort; --move does so by itself")
    .option("--dry-run", "only tell what would be sorted")
    .addHelpText("after", EXAMPLES)
    .action(async (inputs: string[], flags: ClassifyFlags) => exit(await classify(inputs, flags, terminal)));
}

const EXAMPLES = `
Exit code: 0 all done, 1 some pictures failed, 2 nothing could be done, 130 or 143 interrupted.

Examples:
  nearlabel classify cat.jpg --labels cat,dog,bird
  nearlabel classify photos/ --labels labels.txt --top 1 --sort-into sorted/
  nearlabel classify "photos/**/*.png" --index animals/ --jsonl > results.jsonl
  nearlabel classify --table photos.db --labels animals.csv --save animals
`;

async function classify(inputs: string[], flags: ClassifyFlags, terminal: Terminal): Promise<number> {
  if (flags.table !== undefined) {
    const { classifyStored } = await import("./classify-stored.js");
    return classifyStored(inputs, { ...flags, table: flags.table }, terminal);
  }
  checkFlags(flags);
  const opened = await openPictures(inputs, flags, terminal);
  const sources = flags.dataset === undefined ? inputs : [flags.dataset];
  const pictures =
    flags.sortInto === undefined ? opened : await outsideOf(flags.sortInto, sources, opened, terminal);
  await using classifier = await openClassifier(flags, pictures, terminal);
  tellOfOneLabel(classifier, flags.multiLabel ?? false, terminal);
  const cache = flags.cache ? await openCliCache(classifier.model, terminal) : undefined;
  const options = await resultOptions(flags, classifier, cache, terminal);
  const tally = await writeResults(classifier, pictures, options, terminal).finally(() => cache?.close());
  writeNote(terminal.stderr, `Model: ${modelNote(classifier.model.identity.id)}.`);
  return tally.failed > 0 ? EXIT.failed : EXIT.ok;
}

/** With a softmax a label is compared with others; alone it has one score, whatever is in the picture. */
function tellOfOneLabel({ labelCount, model }: Classifier, multiLabel: boolean, { stderr }: Terminal): void {
  if (labelCount !== 1 || model.scoring.scoreFunction !== "softmax") return;
  const score = multiLabel ? "50 %, as it is compared with the mean of all labels" : "100 %";
  stderr.write(
    `One label alone always scores ${score}: go by its similarity, or give other labels to tell it from.\n`,
  );
}

function checkFlags({
  labels,
  index,
  dataset,
  link,
  move,
  dryRun,
  undoFile,
  sortInto,
  reject,
  ...flags
}: ClassifyFlags): void {
  const stored = (["where", "labelSet", "save", "fit"] as const).find((name) => flags[name] !== undefined);
  if (stored) throw usage(`--${stored === "labelSet" ? "label-set" : stored} goes with --table.`);
  if (labels !== undefined && index !== undefined) throw usage("Expected --labels or --index, got both.");
  if (labels === undefined && index === undefined && dataset === undefined) {
    throw usage("No labels. Give them with --labels cat,dog, --labels file or --index folder.");
  }
  if (reject === true && index === undefined) {
    throw usage(
      "--reject alone takes the threshold that is stored in a label index: give --index, or --reject method:threshold.",
    );
  }
  const alone = link
    ? "--link"
    : move
      ? "--move"
      : dryRun
        ? "--dry-run"
        : undoFile
          ? "--undo-file"
          : undefined;
  if (alone && sortInto === undefined) throw usage(`${alone} goes with --sort-into.`);
}

function usage(message: string): NearlabelError {
  return new NearlabelError("OPTION_INVALID", message);
}

async function openClassifier(
  flags: ClassifyFlags,
  { dataset }: Pictures,
  terminal: Terminal,
): Promise<Classifier> {
  const labels = flags.index === undefined ? await labelsFor(flags, dataset) : undefined;
  const progress = startProgress(terminal, "labels", labels?.length);
  try {
    return await createClassifier({
      labels,
      index: flags.index,
      search: flags.search,
      templates: await templatesOf(flags),
      reject: await rejectOf(flags),
      model: flags.index === undefined ? chosenModel(flags) : flags.model,
      load: loadOptions(flags, terminal),
      signal: terminal.signal,
      onPrompts: progress.update,
    });
  } finally {
    progress.clear();
  }
}

/** Without labels there is a data set, which was checked. */
async function labelsFor({ labels }: ClassifyFlags, dataset: Dataset | undefined): Promise<readonly Label[]> {
  return labels === undefined ? labelSet(await labelsIn(dataset!)) : labelsOf(labels);
}

async function resultOptions(
  flags: ClassifyFlags,
  { temperature }: Classifier,
  cache: EmbeddingCache | undefined,
  terminal: Terminal,
): Promise<ResultOptions> {
  const { top: topK, minScore, minSimilarity, multiLabel } = flags;
  return {
    classify: { topK, minScore, minSimilarity, multiLabel, cache, signal: terminal.signal },
    format: await formatOf(flags, temperature !== undefined, terminal),
    forPeople: !(flags.json || flags.jsonl || flags.csv),
    sort: sortOf(flags),
  };
}

function sortOf({ sortInto: into, link, move, dryRun, undoFile }: ClassifyFlags): SortOptions | undefined {
  if (into === undefined) return undefined;
  const by = link ? "link" : move ? "move" : "copy";
  return {
    into,
    by,
    dryRun: dryRun ?? false,
    undoFile: undoFile ?? (move && undoFileIn(into)),
  };
}
