/** What functions take, beyond their own options: told by what it has, as programs in JavaScript hand over anything. */

/** What other functions of this library give, and members by which each is told. */
export const PARTS = {
  model: { what: "a model, as loadModel gives it", members: ["identity", "embedTexts", "fingerprint"] },
  table: { what: "a table of pictures, as openImageTable gives it", members: ["failures"] },
  pictures: {
    what: "a table of pictures, as openImageTable or loadImages gives it",
    members: ["checkModel"],
  },
  index: { what: "a label index, as openLabelIndex gives it", members: ["calibrate"] },
  dataset: { what: "a data set, as openDataset gives it", members: ["rows"] },
} as const;

export function isPart(part: keyof typeof PARTS, value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  return PARTS[part].members.some((member) => member in value && (value as never)[member] !== undefined);
}

/** Options that mean the same wherever there are some. */
export const COMMON_OPTIONS = {
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
