import type { preValidationAsyncHookHandler } from "fastify";
import type { TObject, TSchema } from "typebox";
import { tryParseJson } from "../../files/json.js";
import { valueOfText } from "../text-values.js";

/**
 * Gives the texts of a form, or of an address, the types of `schema`: numbers, true and false; a list is given by repeating the
 * field, or in one field between commas, or in JSON; an object in JSON.
 */
export function convertFields(schema: TObject): preValidationAsyncHookHandler {
  return async (request) => {
    const isJson = /^application\/(?:[\w.+-]+\+)?json\b/i.test(request.headers["content-type"] ?? "");
    if (isJson || typeof request.body !== "object" || request.body === null) return;
    const fields = Object.entries(request.body as Record<string, string | string[]>);
    request.body = Object.fromEntries(
      fields.map(([name, text]) => [
        name,
        Object.hasOwn(schema.properties, name) ? typedValue(text, schema.properties[name]!) : text,
      ]),
    );
  };
}

function typedValue(text: string | readonly string[], schema: TSchema): unknown {
  const { type } = schema as { readonly type?: string };
  if (typeof text !== "string") return text;
  if (/^\s*[[{]/.test(text)) return tryParseJson(text) ?? text;
  if (type === "array") return text.split(",").map((item) => item.trim());
  return valueOfText(text, schema);
}
