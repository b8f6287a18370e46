import { Command } from "commander";
import { loadModel } from "../../../encoder/load.js";
import { printableJson } from "../../../files/printable.js";
import { buildLabelIndex } from "../../../labels/index/build.js";
import type { FittedOn } from "../../../labels/index/fitted.js";
import type { IndexVersion } from "../../../labels/index/history.js";
import type { LabelIndexInfo } from "../../../labels/index/index-info.js";
import { type LabelIndex, openLabelIndex } from "../../../labels/index/label-index.js";
import type { Label } from "../../../labels/set/label.js";
import { counted } from "../../../math/number-text.js";
import { labelsOf, labelsOption } from "../../flags/labels.js";
import {
  chosenModel,
  deviceOption,
  dtypeOption,
  loadOptions,
  type ModelFlags,
  modelOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../../flags/options.js";
import { tellDropped } from "../../output/dropped-labels.js";
import { startProgress } from "../../terminal/progress.js";
import { type Column, tableLines } from "../../terminal/table.js";
import { colour, roomOf, type Terminal, writeLine } from "../../terminal/terminal.js";
import { addExamplesCommand, removeExamplesCommand } from "./add-examples.js";
import { calibrateCommand } from "./calibrate.js";
import { thresholdCommand } from "./threshold.js";

interface BuildFlags extends ModelFlags, TemplateFlags {
  labels: string[];
  overwrite?: true;
}

export function labelsCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("labels")
    .description("Build and look after label indexes: labels encoded once, kept in a LanceDB table.")
    .addCommand(buildCommand(terminal))
    .addCommand(addCommand(terminal))
    .addCommand(removeCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(infoCommand(terminal))
    .addCommand(addExamplesCommand(terminal, exit))
    .addCommand(removeExamplesCommand(terminal))
    .addCommand(calibrateCommand(terminal, exit))
    .addCommand(thresholdCommand(terminal, exit))
    .addCommand(restoreCommand(terminal));
}

function buildCommand(terminal: Terminal): Command {
  return new Command("build")
    .description("Encode labels into a new label index.")
    .argument("<folder>", "where the index goes")
    .addOption(labelsOption().makeOptionMandatory())
    .addOption(templateOption())
    .addOption(templatesOption())
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .option("--overwrite", "replace an index that is there; its versions stay")
    .action(async (folder: string, flags: BuildFlags) => {
      const labels = await labelsOf(flags.labels);
      const templates = await templatesOf(flags);
      await using model = await loadModel(chosenModel(flags), loadOptions(flags, terminal));
      const progress = startProgress(terminal, "prompts");
      await using index = await buildLabelIndex(folder, {
        labels,
        model,
        templates,
        overwrite: flags.overwrite,
        signal: terminal.signal,
        onProgress: progress.update,
      }).finally(progress.clear);
      writeLine(
        terminal.stdout,
        `${counted(index.info.count, "label")} in ${folder}, encoded with ${index.info.model}.`,
      );
    });
}

function addCommand(terminal: Terminal): Command {
  return new Command("add")
    .description("Add labels to an index; only what is new is encoded.")
    .argument("<folder>", "the label index")
    .addOption(labelsOption().makeOptionMandatory())
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .action(async (folder: string, flags: ModelFlags & { labels: string[] }) => {
      const labels = await labelsOf(flags.labels);
      await using index = await openLabelIndex(folder);
      const name = flags.model ?? index.info.model;
      const dtype = flags.dtype ?? (name === index.info.model ? index.info.dtype : undefined);
      await using model = await loadModel(name, { ...loadOptions(flags, terminal), dtype });
      const progress = startProgress(terminal, "prompts");
      const before = index.info;
      const { added, updated, unchanged } = await index
        .add(labels, model, { signal: terminal.signal, onProgress: progress.update })
        .finally(progress.clear);
      writeLine(
        terminal.stdout,
        `${added} added, ${updated} updated, ${unchanged} unchanged; ${countText(index)}.`,
      );
      tellDropped(before, index, terminal);
    });
}

function removeCommand(terminal: Terminal): Command {
  return new Command("remove")
    .description("Remove labels from an index, all or none.")
    .argument("<folder>", "the label index")
    .argument("<labels...>", "labels as listed by nearlabel labels list")
    .action(async (folder: string, labels: string[]) => {
      await using index = await openLabelIndex(folder);
      const before = index.info;
      await index.remove(labels);
      writeLine(terminal.stdout, `${labels.length} removed; ${countText(index)}.`);
      tellDropped(before, index, terminal);
    });
}

function listCommand(terminal: Terminal): Command {
  return new Command("list")
    .description("List the labels of an index with what they were encoded from.")
    .argument("<folder>", "the label index")
    .option("--json", "write an array")
    .action(async (folder: string, { json }: { json?: true }) => {
      await using index = await openLabelIndex(folder);
      const { labels } = await index.labels();
      terminal.stdout.write(json ? `${printableJson(labels, 2)}\n` : `${listText(labels, terminal)}\n`);
    });
}

const LIST_COLUMNS: readonly (Column & { readonly cellOf: (label: Label) => string })[] = [
  { header: "label", cellOf: ({ label }) => label },
  { header: "class name", dispensable: 1, cellOf: ({ className }) => className },
  { header: "prompts", dispensable: 2, cellOf: ({ prompts = [] }) => prompts.join(" | ") },
  { header: "parent", cellOf: ({ parent = "" }) => parent },
];

function listText(labels: readonly Label[], { stdout }: Terminal): string {
  // What no label has, has no column.
  const shown = LIST_COLUMNS.filter(({ cellOf }) => labels.some((label) => cellOf(label) !== ""));
  const rows = labels.map((label) => shown.map(({ cellOf }) => cellOf(label)));
  const [header, ...lines] = tableLines(shown, rows, roomOf(stdout));
  return [colour(stdout, "dim", header ?? ""), ...lines].join("\n");
}

function infoCommand(terminal: Terminal): Command {
  return new Command("info")
    .description("Tell what an index holds, which model made it, and its versions.")
    .argument("<folder>", "the label index")
    .option("--json", "write an object")
    .action(async (folder: string, { json }: { json?: true }) => {
      await using index = await openLabelIndex(folder);
      const { info } = index;
      const versions = await index.versions();
      terminal.stdout.write(
        json ? `${printableJson({ ...info, versions }, 2)}\n` : `${infoText(info, versions)}\n`,
      );
    });
}

function infoText(info: LabelIndexInfo, versions: readonly IndexVersion[]): string {
  const rows = [
    ["labels", String(info.count)],
    ["model", info.model],
    // --json has all of it.
    ["fingerprint", info.fingerprint.slice(0, "sha256:".length + 12)],
    ...(info.dtype ? [["dtype", info.dtype]] : []),
    ["dimension", String(info.dimension)],
    ["templates", info.templates.join(" | ")],
    ["scoring", `${info.scoreFunction}(${info.logitScale} x similarity + ${info.logitBias})`],
    ["created", info.created],
    ...fittedRows(info),
    ...versions.map(({ version, created, rows: count, changes }, at) => [
      at === 0 ? "versions" : "",
      `${version}  ${created}  ${counted(count, "label")}  ${changes.join("; ")}${at === versions.length - 1 ? "  (current)" : ""}`,
    ]),
  ];
  return tableLines([{ header: "" }, { header: "" }], rows).join("\n");
}

function restoreCommand(terminal: Terminal): Command {
  return new Command("restore")
    .description(
      "Go back to an earlier version of an index, with its examples, temperature and threshold; later ones stay, so this can be undone.",
    )
    .argument("<folder>", "the label index")
    .argument("<version>", "a number from nearlabel labels info", wholeNumber(1))
    .action(async (folder: string, version: number) => {
      await using index = await openLabelIndex(folder);
      await index.restore(version);
      const { examples } = index.info;
      const pictures = examples ? ` and ${counted(examples.count, "example")}` : "";
      writeLine(
        terminal.stdout,
        `Back at version ${version}; ${counted(index.info.count, "label")}${pictures} in ${folder}.`,
      );
    });
}

function fittedRows({ calibration, rejection, examples }: LabelIndexInfo): string[][] {
  const from = ({ dataset, pictures, created }: FittedOn & { created: string }) =>
    `(${counted(pictures, "picture")} of ${dataset}, ${created})`;
  return [
    ...(examples ? [["examples", `${counted(examples.count, "picture")}, weight ${examples.weight}`]] : []),
    ...(calibration ? [["temperature", `${calibration.temperature} ${from(calibration)}`]] : []),
    ...(rejection
      ? [["unknown", `below ${rejection.method} ${rejection.threshold} ${from(rejection)}`]]
      : []),
  ];
}

function countText({ info, path }: LabelIndex): string {
  return `${counted(info.count, "label")} in ${path}`;
}
