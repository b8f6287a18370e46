import { InvalidArgumentError, Option } from "commander";
import type { RejectOptions } from "../../classify/reject/rejector.js";
import { NearlabelError } from "../../errors.js";
import { REJECTION_METHODS, type RejectionMethod } from "../../labels/index/fitted.js";
import { labelsArgument } from "./labels.js";

export interface RejectFlags {
  /** `true` where the option stands alone. */
  reject?: true | Pick<RejectOptions, "method" | "threshold">;
  negatives?: string;
}

export const rejectOption = () =>
  new Option(
    "--reject [method:threshold]",
    `call pictures unknown whose value is below; methods: ${REJECTION_METHODS.join(", ")}. Alone: as stored in --index`,
  ).argParser(methodAndThreshold);

export const negativesOption = () =>
  new Option("--negatives <words|file>", "with negative-labels: words for what else pictures may show");

function methodAndThreshold(text: string): Pick<RejectOptions, "method" | "threshold"> {
  const [method = "", threshold = ""] = text.split(":");
  if (!isMethod(method) || threshold.trim() === "" || !Number.isFinite(Number(threshold))) {
    throw new InvalidArgumentError(
      `Expected a method (${REJECTION_METHODS.join(", ")}) and a number, as in similarity:0.21, got "${text}". To use what the index stores, write --reject last.`,
    );
  }
  return { method, threshold: Number(threshold) };
}

function isMethod(text: string): text is RejectionMethod {
  return (REJECTION_METHODS as readonly string[]).includes(text);
}

/** What the flags mean to a classifier. */
export async function rejectOf({
  reject,
  negatives,
}: RejectFlags): Promise<RejectOptions | true | undefined> {
  if (negatives !== undefined && (reject === undefined || reject === true)) {
    throw new NearlabelError("OPTION_INVALID", "--negatives goes with --reject negative-labels:threshold.");
  }
  if (reject === undefined || reject === true) return reject;
  return { ...reject, negatives: negatives === undefined ? undefined : await wordsOf(negatives) };
}

/** Words from a file or with commas between, as labels are given. */
export async function wordsOf(text: string): Promise<string[]> {
  return (await labelsArgument(text)).map(({ className }) => className);
}
