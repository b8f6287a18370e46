import { readFile } from "node:fs/promises";
import { NearlabelError, systemErrorCode } from "../errors.js";

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object in the JSON text of `file`. @throws NearlabelError MODEL_FILE_INVALID */
export function parseJson(text: string, file: string): JsonObject {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new NearlabelError(
      "MODEL_FILE_INVALID",
      `${file} is not JSON: expected an object, got text that does not parse. Fetch the model's files again.`,
      { cause },
    );
  }
  if (isObject(value)) return value;
  throw new NearlabelError("MODEL_FILE_INVALID", `${file} does not hold a JSON object, as it should.`);
}

/** Reads an optional file: undefined where there is none. @throws NearlabelError MODEL_FILE_INVALID */
export async function readJsonIfThere(file: string): Promise<JsonObject | undefined> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return undefined;
    throw new NearlabelError("MODEL_FILE_INVALID", `${file} cannot be read: ${String(cause)}`, { cause });
  }
  return parseJson(text, file);
}
