import { Command, Option } from "commander";
import { planJob } from "../../../jobs/plan/make-plan.js";
import type { Task, TaskKind } from "../../../jobs/plan/plan.js";
import { DEFAULT_TEMPLATES } from "../../../labels/prompts/templates.js";
import { count, counted } from "../../../math/number-text.js";
import { labelsOf, labelsOption } from "../../flags/labels.js";
import {
  chosenModel,
  decodeOption,
  deviceOption,
  dtypeOption,
  imageColumnOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  maxPixelsOption,
  modelOption,
  orientationOption,
  splitOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  wholeNumber,
} from "../../flags/options.js";
import { startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";

interface PlanFlags extends ModelFlags, TemplateFlags {
  out: string;
  shardSize: number;
  limit?: number;
  task: TaskKind;
  labels?: string[];
  split?: string;
  imageColumn?: string;
  labelColumn?: string;
  batchSize?: number;
}

export function planCommand(terminal: Terminal): Command {
  return new Command("plan")
    .description("Cut pictures into shards, and write down what is to be done with them.")
    .argument(
      "<source>",
      "a folder, a list (.csv, .jsonl), Parquet, webdataset (.tar), an address such as s3://bucket/photos, or a hub id",
    )
    .requiredOption(
      "-o, --out <place>",
      "where plan and results go: a folder that all workers see, or s3://bucket/run",
    )
    .addOption(
      new Option("--task <what>", "what is done with each picture")
        .choices(["embed", "classify", "evaluate"])
        .default("embed"),
    )
    .addOption(new Option("--shard-size <n>", "pictures in a shard").argParser(wholeNumber(1)).default(1000))
    .optionsGroup("Pictures:")
    .addOption(new Option("--limit <n>", "stop after n pictures").argParser(wholeNumber(1)))
    .addOption(splitOption())
    .addOption(imageColumnOption())
    .addOption(labelColumnOption())
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .optionsGroup("Labels, for --task classify:")
    .addOption(labelsOption())
    .addOption(templateOption())
    .addOption(templatesOption())
    .optionsGroup("Model:")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(new Option("--batch-size <n>", "pictures in one run of the network").argParser(wholeNumber(1)))
    .action((source: string, flags: PlanFlags) => plan(source, flags, terminal));
}

async function plan(source: string, flags: PlanFlags, terminal: Terminal): Promise<void> {
  const { out, shardSize, limit, split, imageColumn, labelColumn, batchSize } = flags;
  const { device, dtype, orientation, decode, maxPixels } = flags;
  const task = await taskOf(flags);
  const progress = startProgress(terminal, "pictures");
  const made = await planJob(source, {
    ...{ out, shardSize, limit, split, imageColumn, labelColumn, batchSize },
    ...{ device, dtype, orientation, decode, maxPixels },
    onNotice: loadOptions(flags, terminal).onNotice,
    model: chosenModel(flags),
    task,
    signal: terminal.signal,
    onProgress: progress.update,
  }).finally(progress.clear);
  const rows = made.rows === undefined ? "" : `, ${counted(made.rows, "picture")}`;
  writeLine(
    terminal.stdout,
    `Plan ${made.id.slice(0, 12)} in ${out}: ${counted(made.shards, "shard")}${rows}`,
  );
  writeLine(
    terminal.stderr,
    `Next: nearlabel jobs run --plan ${out}   (shards 0 to ${count(made.shards - 1)})`,
  );
}

async function taskOf(flags: PlanFlags): Promise<Task> {
  const { NearlabelError } = await import("../../../errors.js");
  if (flags.task !== "classify") {
    if (flags.labels === undefined) return { kind: flags.task };
    throw new NearlabelError(
      "OPTION_INVALID",
      "--labels is for --task classify. Leave it out, or choose that task.",
    );
  }
  if (flags.labels === undefined) {
    throw new NearlabelError(
      "LABELS_EMPTY",
      "--task classify needs --labels: names with commas between, or a file.",
    );
  }
  const labels = await labelsOf(flags.labels);
  return { kind: "classify", labels, templates: (await templatesOf(flags)) ?? DEFAULT_TEMPLATES };
}
