import type { Command, Option } from "commander";
import { NearlabelError, reasonOf } from "../../errors.js";
import { isObject, kindOf } from "../../files/json.js";
import { readText } from "../../files/text.js";
import { collect } from "../flags/options.js";

/**
 * Gives `command` the options of a YAML or JSON file that neither flags nor environment give: its keys are the names of the
 * flags, and what may be given more than once is a list.
 *
 * @throws NearlabelError `OPTION_INVALID`
 */
export async function takeConfigFile(command: Command, path: string): Promise<void> {
  const { parse } = await import("yaml");
  const text = await readText(path, "OPTION_INVALID");
  let content: unknown;
  try {
    content = parse(text);
  } catch (cause) {
    // What follows the first line shows the place with signs.
    throw invalid(path, reasonOf(cause).split("\n")[0]!.replace(/:$/, ""), cause);
  }
  if (!isObject(content))
    throw invalid(path, `expected options by their names, as port: 8080, got ${kindOf(content)}`);
  for (const [name, value] of Object.entries(content)) {
    const option = command.options.find((each) => each.name() === name && !each.negate && name !== "config");
    if (!option) throw invalid(path, `there is no option "${name}"`);
    const source = command.getOptionValueSource(option.attributeName());
    const parsed = parsedValue(option, value, path);
    if (source === undefined || source === "default") {
      command.setOptionValueWithSource(option.attributeName(), parsed, "config");
    }
  }
}

function parsedValue(option: Option, value: unknown, path: string): unknown {
  if (option.isBoolean()) {
    if (value === true || value === false) return value;
    throw invalid(path, `expected ${option.name()} to be true or false`);
  }
  const isList = option.parseArg === collect;
  const values = isList && Array.isArray(value) ? value : [value];
  if (values.some((each) => typeof each !== "string" && typeof each !== "number")) {
    throw invalid(
      path,
      `expected ${option.name()} to be ${isList ? "a list of texts" : "a text or a number"}`,
    );
  }
  try {
    return values.reduce(
      (before, each) => (option.parseArg ? option.parseArg(String(each), before as never) : String(each)),
      undefined as unknown,
    );
  } catch (cause) {
    throw invalid(path, `${option.name()}: ${reasonOf(cause)}`, cause);
  }
}

function invalid(path: string, reason: string, cause?: unknown): NearlabelError {
  return new NearlabelError("OPTION_INVALID", `${path}: ${reason.replace(/\.$/, "")}.`, { cause });
}
