import { Command, Option } from "commander";
import { DEFAULT_LIMITS } from "../../../evaluate/quantize/limits.js";
import { type QuantizedModel, quantizeModel } from "../../../evaluate/quantize/quantize-model.js";
import { packagePath } from "../../../files/package-files.js";
import { printable, printableJson } from "../../../files/printable.js";
import type { Label } from "../../../labels/set/label.js";
import { labelSet, readLabels } from "../../../labels/set/label-set.js";
import { count, counted, percent } from "../../../math/number-text.js";
import { PROOF_FILE, type QuantizedMeasures } from "../../../model/quantized/proof.js";
import { EXIT } from "../../exit.js";
import { labelsOf, labelsOption } from "../../flags/labels.js";
import {
  datasetOption,
  numberBetween,
  splitOption,
  type TemplateFlags,
  templateOption,
  templatesOf,
  templatesOption,
  threadsOption,
  wholeNumber,
} from "../../flags/options.js";
import { openPictures, type Pictures, type PicturesOptions } from "../../flags/pictures.js";
import { openSamples } from "../../flags/samples.js";
import { byteText } from "../../terminal/bytes.js";
import { downloadOptions } from "../../terminal/download.js";
import { startProgress } from "../../terminal/progress.js";
import { shellWord } from "../../terminal/shell-word.js";
import { tableLines } from "../../terminal/table.js";
import { colour, type Terminal, writeLine } from "../../terminal/terminal.js";

interface QuantizeFlags extends TemplateFlags, PicturesOptions {
  to?: string;
  check?: string[];
  keep?: string[];
  labels?: string[];
  minCosine: number;
  minAgreement: number;
  minSpeed: number;
  threads?: number;
  json?: true;
}

export function quantizeCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("quantize")
    .description(
      "Make weights in 8-bit integers (dtype q8), and measure what they lose. Exit code 1, and the weights kept aside, where they lose more than the limits allow.",
    )
    .argument("<model>", "mini, a model folder or a hub id; its fp32 weights are read")
    .option(
      "--to <folder>",
      "make a model folder of them; else they go beside those of the model, or into the hub's cache",
    )
    .option(
      "--keep <parts...>",
      "leave in fp32 what loses most: operators such as Gather, parts of the names of nodes, or narrowing, the products that give fewer numbers than they take (default: as little as is near to fp32)",
    )
    .optionsGroup("Measured on (unless given, the samples and some 250 everyday words):")
    .option("--check <pictures...>", "files, folders or globs")
    .addOption(datasetOption().conflicts("check"))
    .addOption(splitOption())
    .addOption(new Option("--limit <n>", "stop after n pictures").argParser(wholeNumber(1)))
    .addOption(labelsOption())
    .addOption(templateOption())
    .addOption(templatesOption())
    .optionsGroup("Limits:")
    .addOption(
      new Option("--min-cosine <n>", "least mean cosine to fp32, of pictures and of labels")
        .argParser(numberBetween(-1, 1))
        .default(DEFAULT_LIMITS.cosine),
    )
    .addOption(
      new Option("--min-agreement <n>", "least share of pictures with the same first label")
        .argParser(numberBetween(0, 1))
        .default(DEFAULT_LIMITS.agreement),
    )
    .addOption(
      new Option("--min-speed <n>", "least speed of pictures, fp32 = 1")
        .argParser(numberBetween(0, 1000))
        .default(DEFAULT_LIMITS.speed),
    )
    .optionsGroup("Other:")
    .addOption(threadsOption())
    .option("--json", "write an object")
    .action(async (id: string, flags: QuantizeFlags) => exit(await quantize(id, flags, terminal)));
}

async function quantize(id: string, flags: QuantizeFlags, terminal: Terminal): Promise<number> {
  const { to, keep, minCosine, minAgreement, minSpeed, threads, json } = flags;
  const { stdout, signal } = terminal;
  const { rows, labels, own } = await checkedOn(flags, terminal);
  const templates = await templatesOf(flags);
  const progress = stepProgress(terminal);
  let result: QuantizedModel;
  try {
    result = await quantizeModel(id, {
      ...downloadOptions(terminal),
      pictures: rows,
      labels,
      templates,
      to,
      keep,
      limits: { cosine: minCosine, agreement: minAgreement, speed: minSpeed },
      reuse: !own && templates === undefined,
      threads,
      signal,
      onProgress: progress.update,
    });
  } finally {
    progress.clear();
  }
  if (json) stdout.write(`${printableJson(result, 2)}\n`);
  else writeResult(id, result, flags, terminal);
  return result.shortfalls.length > 0 ? EXIT.failed : EXIT.ok;
}

interface CheckedOn extends Pick<Pictures, "rows"> {
  readonly labels: readonly Label[];
  /** Whether the user gave any of it. */
  readonly own: boolean;
}

async function checkedOn(flags: QuantizeFlags, terminal: Terminal): Promise<CheckedOn> {
  const { check, dataset, limit, labels } = flags;
  if (check === undefined && dataset === undefined) {
    const { rows } = await openSamples();
    const own = labels !== undefined || limit !== undefined;
    return {
      rows: rows({ end: limit }),
      labels: labels ? await labelsOf(labels) : await everydayWords(),
      own,
    };
  }
  const pictures = await openPictures(check ?? [], flags, terminal);
  const known = pictures.dataset?.labels;
  if (labels) return { rows: pictures.rows, labels: await labelsOf(labels), own: true };
  return { rows: pictures.rows, labels: known ? labelSet(known) : await everydayWords(), own: true };
}

function everydayWords(): Promise<Label[]> {
  return readLabels(packagePath("samples/words.txt"));
}

/** One line for each step, drawn over the one before. */
function stepProgress(terminal: Terminal) {
  let step = "";
  let line = startProgress(terminal, "");
  return {
    update(next: "weights" | "pictures", done: number, total?: number) {
      if (next !== step) {
        line.clear();
        line = startProgress(
          terminal,
          next === "weights" ? "MB of weights" : "pictures",
          total && total / 1e6,
        );
        step = next;
      }
      line.update(next === "weights" ? Math.round(done / 1e6) : done);
    },
    clear: () => line.clear(),
  };
}

function writeResult(
  id: string,
  { folder, reused, shortfalls, proof }: QuantizedModel,
  flags: QuantizeFlags,
  { stdout }: Terminal,
): void {
  const { measures, processor, keep } = proof;
  const measured = `on ${counted(measures.pictures, "picture")} and ${counted(measures.labels, "label")}`;
  const when = reused
    ? `, as measured on ${proof.measured.slice(0, 10)} ${measured}`
    : `, measured ${measured}`;
  writeLine(stdout, `${printable(id)} in q8 beside fp32${when}:`);
  writeLine(stdout, "");
  for (const line of measureLines(measures)) writeLine(stdout, line);
  writeLine(stdout, "");
  if (keep.length > 0) writeLine(stdout, `Left in fp32: ${keep.map(printable).join(", ")}.`);
  if (measures.unreadable > 0) {
    writeLine(stdout, `${counted(measures.unreadable, "picture")} could not be read, and do not count.`);
  }
  if (processor.sums === "saturating") {
    writeLine(
      stdout,
      "Sums of 8-bit products stop at 16 bits on this processor; what that costs is in the figures.",
    );
  }
  const where = printable(folder);
  if (shortfalls.length > 0) {
    for (const shortfall of shortfalls)
      writeLine(stdout, colour(stdout, "red", "TOO LITTLE"), `  ${shortfall}`);
    if (flags.keep) writeLine(stdout, "Without --keep it is tried out what has to stay in fp32.");
    writeLine(stdout, `The weights are kept in ${where}, where no model looks for them.`);
    return;
  }
  const model = shellWord(flags.to ?? id);
  writeLine(stdout, colour(stdout, "green", reused ? "THERE" : "MADE"), `  ${where}, with ${PROOF_FILE}`);
  writeLine(stdout, `Use them: nearlabel classify --model ${model} --dtype q8, or --dtype auto.`);
}

function measureLines(measures: QuantizedMeasures): string[] {
  const { cosine, sameFirst, sameFive, scoreChange, accuracy, milliseconds, speed, memory, bytes } = measures;
  const digits = (value: number) => value.toFixed(5);
  const time = (kind: keyof typeof speed) => [
    `${milliseconds.fp32[kind]} ms`,
    `${milliseconds.q8[kind]} ms`,
    `${speed[kind]} times as fast`,
  ];
  const rows = [
    ["picture, in batches", ...time("pictures")],
    ["picture alone", ...time("onePicture")],
    ["text", ...time("texts")],
    ["memory", byteText(memory.fp32), byteText(memory.q8), ""],
    ["weights", byteText(bytes.fp32), byteText(bytes.q8), ""],
    ["cosine of pictures", "", digits(cosine.pictures.mean), `least ${digits(cosine.pictures.least)}`],
    ["cosine of labels", "", digits(cosine.labels.mean), `least ${digits(cosine.labels.least)}`],
    ["same first label", "", percent(sameFirst), ""],
    ["same five labels", "", percent(sameFive), ""],
    [
      "score of the first label",
      "",
      `± ${percent(scoreChange.mean)}`,
      `at most ${percent(scoreChange.largest)}`,
    ],
    ...(accuracy
      ? [
          [
            "right, of known labels",
            percent(accuracy.fp32, 2),
            percent(accuracy.q8, 2),
            `of ${count(accuracy.pictures)}`,
          ],
        ]
      : []),
  ];
  const right = { align: "right" } as const;
  const columns = [{ header: "" }, { header: "fp32", ...right }, { header: "q8", ...right }, { header: "" }];
  return tableLines(columns, rows);
}
