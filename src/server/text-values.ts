import type { TSchema } from "typebox";

const NUMBER = /^-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** What a text of an address or a form stands for, by the types that `schema` takes: a number, true or false, or itself. */
export function valueOfText(text: string, schema: TSchema): unknown {
  const types = typesOf(schema);
  if (types.some((type) => type === "number" || type === "integer") && NUMBER.test(text)) return Number(text);
  if (types.includes("boolean") && /^(?:true|false)$/.test(text)) return text === "true";
  return text;
}

function typesOf(schema: TSchema): readonly unknown[] {
  const { type, anyOf = [] } = schema as { readonly type?: string; readonly anyOf?: readonly TSchema[] };
  return [type, ...anyOf.flatMap(typesOf)];
}
