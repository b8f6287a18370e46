import { Command } from "commander";
import { printableJson } from "../../../files/printable.js";
import { type Accuracy, listModels, type ModelSummary } from "../../../model/files/catalog.js";
import { byteText } from "../../terminal/bytes.js";
import { type Column, tableLines } from "../../terminal/table.js";
import { colour, paragraph, roomOf, type Terminal } from "../../terminal/terminal.js";
import { cachedModelNames, modelCacheCommands } from "./cache.js";
import { quantizeCommand } from "./quantize.js";

const DATASETS = ["ImageNet validation", "CIFAR-10 test", "CIFAR-100 test"];

export function modelsCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const command = new Command("models")
    .description("Choose a model, and look after those that were downloaded.")
    .addCommand(tableCommand(terminal), { isDefault: true });
  command.addCommand(quantizeCommand(terminal, exit));
  for (const subcommand of modelCacheCommands(terminal, exit)) command.addCommand(subcommand);
  return command;
}

function tableCommand(terminal: Terminal): Command {
  return new Command("table")
    .description("List the models to choose from, with their accuracy and size; the default.")
    .option("--json", "write an array")
    .action(async ({ json }: { json?: true }) => {
      const cached = await cachedModelNames();
      const models = listModels().map((model) => ({ ...model, present: isPresent(model, cached) }));
      terminal.stdout.write(json ? `${printableJson(models, 2)}\n` : modelsText(models, terminal));
    });
}

interface ListedModel extends ModelSummary {
  /** Whether it is built in or in the cache, so that it loads without a download. */
  readonly present: boolean;
}

function isPresent({ repo }: ModelSummary, cached: ReadonlySet<string>): boolean {
  return repo === undefined || cached.has(repo);
}

function modelsText(models: readonly ListedModel[], { stdout }: Terminal): string {
  const right = { align: "right" } as const;
  const columns: Column[] = [
    { header: "model" },
    { header: "ImageNet", ...right },
    { header: "CIFAR-10", ...right, dispensable: 4 },
    { header: "CIFAR-100", ...right, dispensable: 3 },
    { header: "parameters", ...right, dispensable: 5 },
    { header: "download", ...right, dispensable: 1 },
    { header: "picture", ...right, dispensable: 6 },
    { header: "here", dispensable: 2 },
  ];
  const room = roomOf(stdout);
  const [header, ...lines] = tableLines(columns, models.map(cells), room);
  return [
    colour(stdout, "dim", header ?? ""),
    ...lines.map((line, at) => (models[at]?.present ? colour(stdout, "green", line) : line)),
    "",
    ...paragraph(ABOUT, room),
    "",
  ].join("\n");
}

const ABOUT =
  "Accuracies are published ones: zero-shot acc@1 in percent, with several prompts a class; docs/models.md names the " +
  "sources. mini is small, for first steps; its own were measured with one prompt, CIFAR-10's on 500 pictures. Downloads are of fp32 weights. " +
  "Load one by its name: nearlabel classify --model openai/clip-vit-base-patch32. Any other repository of the hub with " +
  "an ONNX export loads by its id, and a folder by its path. A narrow terminal shows fewer columns; --json has all.";

function cells({ id, repo, parameters, bytes, imageSize, accuracy, present }: ListedModel): string[] {
  const where = repo === undefined ? "built in" : "in cache";
  return [
    id,
    ...DATASETS.map((dataset) => percentOf(accuracy, dataset)),
    `${(parameters / 1e6).toFixed(parameters < 1e8 ? 1 : 0)} M`,
    repo === undefined ? "" : byteText(bytes),
    `${imageSize} px`,
    present ? where : "",
  ];
}

function percentOf(known: readonly Accuracy[], wanted: string): string {
  const found = known.find(({ dataset, metric }) => dataset === wanted && metric === "acc@1");
  return found ? (found.value * 100).toFixed(1) : "";
}
