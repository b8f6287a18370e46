import { Command, Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { embedPictures, labelledPictures, targetsOf } from "../../evaluate/pictures.js";
import { CANDIDATE_TEMPLATES } from "../../evaluate/prompts/candidate-templates.js";
import {
  type MeasuredTemplates,
  type PromptSearch,
  searchPrompts,
} from "../../evaluate/prompts/prompt-search.js";
import { printableJson } from "../../files/printable.js";
import { writeWholeFile } from "../../files/whole-file.js";
import type { Label } from "../../labels/set/label.js";
import { labelSet } from "../../labels/set/label-set.js";
import { estimateText, pText } from "../../report/figures.js";
import type { Dataset } from "../../rows/dataset.js";
import { labelsIn, withLabels } from "../../rows/labels-in.js";
import { isInFirstPart } from "../../rows/select/split.js";
import { EXIT } from "../exit.js";
import { openFlaggedDataset } from "../flags/dataset.js";
import { openCliCache } from "../flags/embedding-cache.js";
import { labelsOf, labelsOption } from "../flags/labels.js";
import {
  cacheOption,
  chosenModel,
  datasetOption,
  deviceOption,
  dtypeOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  modelOption,
  numberBetween,
  splitOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { type SelectionFlags, selected } from "../flags/selection.js";
import { startProgress } from "../terminal/progress.js";
import { tableLines } from "../terminal/table.js";
import { colour, type Terminal, writeLine } from "../terminal/terminal.js";

interface SearchFlags extends ModelFlags, TemplateFlags, SelectionFlags {
  dataset: string;
  split?: string;
  labelColumn?: string;
  labels?: string[];
  share: number;
  most: number;
  seed: number;
  cache: boolean;
  out?: string;
  json?: true;
}

export function promptsCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const prompts = new Command("prompts").description("Find templates that suit a data set.");
  prompts
    .command("search")
    .description("Choose an ensemble of templates on one part of the pictures and measure it on the other.")
    .addOption(datasetOption("labelled data set").makeOptionMandatory())
    .addOption(splitOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "the first n pictures").argParser(wholeNumber(1)))
    .addOption(new Option("--sample <n>", "n pictures drawn with the seed").argParser(wholeNumber(1)))
    .option("--label-map <file>", "CSV or JSON that maps labels of the data set to labels of the set")
    .addOption(labelsOption())
    .addOption(templateOption())
    .addOption(templatesOption())
    .addOption(
      new Option("--share <s>", "of the pictures, those to choose on")
        .argParser(numberBetween(0, 1))
        .default(0.5),
    )
    .addOption(
      new Option("--most <n>", "templates in the ensemble at most").argParser(wholeNumber(1)).default(10),
    )
    .addOption(new Option("--seed <n>", "of the two parts").argParser(wholeNumber(0)).default(0))
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addOption(cacheOption())
    .option("-o, --out <file>", "write the chosen templates as JSON, for --templates")
    .option("--json", "write all figures")
    .addHelpText("after", EXAMPLES)
    .action(async (flags: SearchFlags) => exit(await search(flags, terminal)));
  return prompts;
}

const EXAMPLES = `
Without --template or --templates, ${CANDIDATE_TEMPLATES.length} wordings of our own are tried.

Example:
  nearlabel prompts search --dataset photos/ --out templates.json
  nearlabel classify more/ --labels labels.txt --templates templates.json
`;

async function search(flags: SearchFlags, terminal: Terminal): Promise<number> {
  const opened = await openFlaggedDataset(flags.dataset, flags, terminal);
  const dataset = await selected(
    flags.labels === undefined ? await withLabels(opened) : opened,
    flags,
    terminal,
  );
  const labels = await labelsFor(flags, dataset);
  const candidates = (await templatesOf(flags)) ?? CANDIDATE_TEMPLATES;
  await using model = await loadModel(chosenModel(flags), loadOptions(flags, terminal));
  const pictures = labelledPictures(await embedded(model, dataset, flags, terminal));
  const progress = startProgress(terminal, "templates", candidates.length);
  const found = await searchPrompts({
    encoder: model,
    labels,
    candidates,
    images: pictures.embeddings,
    targets: targetsOf(
      pictures,
      labels.map(({ label }) => label),
    ),
    validation: Uint8Array.from(pictures.ids, (id) => Number(isInFirstPart(id, flags.seed, flags.share))),
    most: flags.most,
    signal: terminal.signal,
    onProgress: progress.update,
  }).finally(progress.clear);
  if (flags.out !== undefined) await writeTemplates(flags.out, found, terminal);
  terminal.stdout.write(flags.json ? `${printableJson(found, 1)}\n` : searchText(found, terminal));
  return EXIT.ok;
}

async function labelsFor({ labels }: SearchFlags, dataset: Dataset): Promise<readonly Label[]> {
  if (labels !== undefined) return labelsOf(labels);
  return labelSet(await labelsIn(dataset));
}

async function embedded(model: Model, dataset: Dataset, flags: SearchFlags, terminal: Terminal) {
  const cache = flags.cache ? await openCliCache(model, terminal) : undefined;
  const progress = startProgress(terminal, "pictures", dataset.size);
  try {
    const { signal } = terminal;
    return await embedPictures(model, dataset, { signal, cache, onProgress: progress.update });
  } finally {
    progress.clear();
    await cache?.close();
  }
}

async function writeTemplates(path: string, { test }: PromptSearch, { stderr }: Terminal): Promise<void> {
  await writeWholeFile(path, `${printableJson(test.chosen.templates, 2)}\n`);
  writeLine(stderr, `Written: ${path}`);
}

function searchText({ alone, steps, test }: PromptSearch, { stdout }: Terminal): string {
  const heading = (text: string) => colour(stdout, "bold", text);
  const single = ({ templates, accuracy }: MeasuredTemplates) => [
    "",
    estimateText(accuracy),
    `"${templates.at(-1)!}"`,
  ];
  const columns = [{ header: "" }, { header: "", align: "right" as const }, { header: "" }];
  const measured: [string, MeasuredTemplates][] = [
    ["the default template", test.byDefault],
    ["the best one alone", test.best],
    [`all ${test.all.templates.length} together`, test.all],
    [`the ${test.chosen.templates.length} chosen`, test.chosen],
  ];
  return [
    heading("each template alone, where they are chosen (acc@1)"),
    ...tableLines(columns, alone.map(single)),
    "",
    heading("added one by one, where they are chosen"),
    ...tableLines(columns, steps.map(single)),
    "",
    `${heading("on the other pictures")}, which had no part in choosing`,
    ...tableLines(
      [{ header: "" }, { header: "" }, { header: "", align: "right" }],
      measured.map(([name, { accuracy }]) => ["", name, estimateText(accuracy)]),
    ),
    "",
    `chosen against default: McNemar ${pText(test.pValue)}`,
    "",
  ].join("\n");
}
