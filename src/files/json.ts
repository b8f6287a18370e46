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

/** Reads a file that the layout asks for. @throws NearlabelError MODEL_FILE_MISSING, MODEL_FILE_INVALID */
export async function readJson(file: string): Promise<JsonObject> {
  const value = await readJsonIfThere(file);
  if (value) return value;
  throw new NearlabelError("MODEL_FILE_MISSING", `${file} is missing. ${layoutText}`);
}

/** What a model folder holds, for messages. */
export const layoutText =
  "A model folder holds config.json, preprocessor_config.json, tokenizer.json, and onnx/vision_model.onnx with " +
  "onnx/text_model.onnx, or onnx/model.onnx with both towers (the layout of transformers.js exports); or config.json, " +
  "visual/model.onnx, visual/preprocess_cfg.json, textual/model.onnx and textual/tokenizer.json (open_clip's).";
