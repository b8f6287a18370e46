import { existsSync } from "node:fs";
import { InvalidArgumentError, Option } from "commander";
import type { LoadOptions } from "../../encoder/load.js";
import { readTemplates } from "../../labels/prompts/template-file.js";
import { type Device, devices } from "../../onnx/device.js";
import type { Dtype } from "../../onnx/dtype.js";
import { downloadOptions } from "../terminal/download.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

/** Options that several commands share, with what they mean to the library. */

export interface ModelFlags {
  model?: string;
  dtype?: Dtype | "auto";
  device?: Device | "auto";
  threads?: number;
  orientation?: "upright" | "stored";
  decode?: "exact" | "fast";
  maxPixels?: number;
}

export interface TemplateFlags {
  template?: string[];
  templates?: string;
}

export function wholeNumber(min: number, max = Number.POSITIVE_INFINITY): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      const range = Number.isFinite(max) ? `${min} to ${max}` : min;
      throw new InvalidArgumentError(`Expected a whole number from ${range}, got "${text}".`);
    }
    return value;
  };
}

export function numberBetween(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`Expected a number from ${min} to ${max}, got "${text}".`);
    }
    return value;
  };
}

export function collect(text: string, before: string[] = []): string[] {
  return [...before, text];
}

export const modelOption = () =>
  new Option("-m, --model <name>", "built-in model, model folder or hub id (env: NEARLABEL_MODEL)");

/**
 * The model of `--model`, else of `NEARLABEL_MODEL`; undefined for the built-in one. Not for commands that are given a label
 * index, whose model is its own unless `--model` asks for another.
 */
export function chosenModel({ model }: Pick<ModelFlags, "model">): string | undefined {
  // Empty counts as not set, as for the variables of the hub.
  return model ?? (process.env.NEARLABEL_MODEL || undefined);
}

export const dtypeOption = () =>
  new Option(
    "--dtype <type>",
    "precision of the weights: fp32, fp16, int8, uint8, q8, q4, q4f16, bnb4 or auto",
  );

export const deviceOption = () =>
  new Option("--device <name>", "what the encoder runs on").choices([...devices]).default("cpu");

export const threadsOption = () =>
  new Option("--threads <n>", "threads of the encoder").argParser(wholeNumber(1));

export const orientationOption = () =>
  new Option("--orientation <which>", "turn pictures as their EXIF data says, or keep them as stored")
    .choices(["upright", "stored"])
    .default("upright");

export const decodeOption = () =>
  new Option("--decode <how>", "fast decodes large JPEGs at a reduced scale: not quite the same pixels")
    .choices(["exact", "fast"])
    .default("exact");

export const cacheOption = () =>
  new Option("--no-cache", "neither use nor keep embeddings of pictures between runs");

export const maxPixelsOption = () =>
  new Option("--max-pixels <n>", "refuse pictures with more pixels").argParser(wholeNumber(1));

export const templateOption = () =>
  new Option(
    "-t, --template <text>",
    "sentence with {} for the class name; repeat it for a prompt ensemble",
  ).argParser(collect);

export const templatesOption = () =>
  new Option(
    "--templates <file>",
    "templates from a .txt or .json file; of several lists, as CLIP_benchmark's file has them, one is file#list",
  ).conflicts("template");

export const splitOption = () => new Option("--split <name>", "split of the data set, such as test");

/** @param what what the data set is for */
export const datasetOption = (what = "data set") =>
  new Option(
    "-d, --dataset <path|id>",
    `${what}: a folder of class folders, a list of pictures (.csv, .jsonl), Parquet, webdataset (.tar), an array (.npy), CIFAR's .bin, stored embeddings, or a hub id`,
  );

export const imageColumnOption = () =>
  new Option(
    "--image-column <name>",
    "column of the data set with the pictures; in .tar files their extension",
  );

export const labelColumnOption = () =>
  new Option("--label-column <name>", "column of the data set with the known label");

/** Notices shown in full; a label set of thousands may cut thousands of labels. */
const NOTICES = 5;

export function loadOptions(
  { dtype, device, threads, orientation, decode, maxPixels }: Omit<ModelFlags, "model">,
  terminal: Terminal,
): LoadOptions {
  const { stderr } = terminal;
  let notices = 0;
  return {
    ...downloadOptions(terminal),
    dtype,
    device,
    threads,
    orientation,
    decode,
    maxPixels,
    onNotice({ message }) {
      notices++;
      if (notices <= NOTICES) writeLine(stderr, message);
      if (notices === NOTICES + 1) stderr.write("More of the same kind is not shown.\n");
    },
  };
}

/** Templates of `--template` or `--templates`; undefined for the library's default. */
export async function templatesOf({
  template,
  templates,
}: TemplateFlags): Promise<readonly string[] | undefined> {
  if (templates === undefined) return template;
  const at = templates.lastIndexOf("#");
  // A file whose own name has the sign goes before.
  if (at <= 0 || existsSync(templates)) return readTemplates(templates);
  return readTemplates(templates.slice(0, at), templates.slice(at + 1));
}
