/** What functions take is looked at before they use it, as programs in JavaScript hand over anything. */
import { listed, NearlabelError, optionError } from "./errors.js";

/** What other functions of this library give, and members by which each is told. */
const PARTS = {
  model: { what: "a model, as loadModel gives it", members: ["identity", "embedTexts", "fingerprint"] },
  table: { what: "a table of pictures, as openImageTable gives it", members: ["failures"] },
  pictures: {
    what: "a table of pictures, as openImageTable or loadImages gives it",
    members: ["checkModel"],
  },
  index: { what: "a label index, as openLabelIndex gives it", members: ["calibrate"] },
  dataset: { what: "a data set, as openDataset gives it", members: ["rows"] },
} as const;

function isPart(part: keyof typeof PARTS, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return PARTS[part].members.some((member) => member in value && (value as never)[member] !== undefined);
}

/** Options that mean the same wherever there are some. */
const COMMON_OPTIONS = {
  model: {
    what: "a model, as loadModel gives it",
    is: (value: unknown) => typeof value === "string" || isPart("model", value),
  },
  signal: {
    what: "an AbortSignal",
    is: (value: unknown) => value === null || typeof (value as AbortSignal).throwIfAborted === "function",
  },
  where: { what: "an SQL condition", is: (value: unknown) => typeof value === "string" },
  /** All that are called: `onProgress`, `onNotice`, `onPrompts`. */
  on: { what: "a function", is: (value: unknown) => value === null || typeof value === "function" },
} as const;

/**
 * Refuses what is no object of options, and options of a name that a function does not have: a misspelt one would be passed over.
 * An option that is undefined counts as not given. What options of all functions mean is looked at as well.
 *
 * @param what the function, as messages name it
 * @throws NearlabelError `OPTION_INVALID`
 */
export function checkOptions<T extends object>(
  options: T | undefined,
  names: readonly (keyof T & string)[],
  what: string,
): void {
  if (options !== undefined) requireOptions(options, names, what);
}

/** The same for functions that cannot do without options. @throws NearlabelError `OPTION_INVALID` */
export function requireOptions<T extends object>(
  options: T,
  names: readonly (keyof T & string)[],
  what: string,
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw optionError(`the options of ${what}`, "an object", options);
  }
  const known: readonly string[] = names;
  const stray = Object.entries(options).filter(
    ([name, value]) => value !== undefined && !known.includes(name),
  );
  if (stray.length > 0) {
    const unknown = listed(stray.map(([name]) => JSON.stringify(name)));
    throw new NearlabelError(
      "OPTION_INVALID",
      `${what} has no option ${unknown}. It has ${names.join(", ")}.`,
    );
  }
  for (const name of names) checkCommonOption(name, options[name]);
}

function checkCommonOption(name: string, value: unknown): void {
  if (value === undefined) return;
  const key = /^on[A-Z]/.test(name) ? "on" : name;
  if (!Object.hasOwn(COMMON_OPTIONS, key)) return;
  const { what, is } = COMMON_OPTIONS[key as keyof typeof COMMON_OPTIONS];
  if (!is(value)) throw optionError(name, what, value);
}

/**
 * Refuses what is not the part that a function takes: in JavaScript it may be anything, a promise that was not waited for above all.
 *
 * @throws NearlabelError `OPTION_INVALID`
 */
export function checkPart(part: keyof typeof PARTS, value: unknown, name: string = part): void {
  if (!isPart(part, value)) throw optionError(name, PARTS[part].what, value);
}
