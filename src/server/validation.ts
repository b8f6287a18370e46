import type { FastifySchemaCompiler, FastifySchemaValidationError } from "fastify";
import type { TSchema } from "typebox";
import { Compile } from "typebox/compile";
import { valueOfText } from "./text-values.js";

/**
 * Checks against the schemas that the documentation is made from. A body must have the types that it should; parameters and
 * headers, which are all text, are converted. Nothing is removed, and unknown fields are refused where the schema says so.
 */
export const validatorCompiler: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = Compile(schema);
  return (value: unknown) => {
    const converted = httpPart === "body" ? value : typedParameters(value, schema);
    if (check.Check(converted)) return { value: converted };
    return { error: check.Errors(converted) as unknown as Error };
  };
};

function typedParameters(value: unknown, schema: TSchema): unknown {
  const { properties = {} } = schema as { readonly properties?: Readonly<Record<string, TSchema>> };
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  return Object.fromEntries(
    entries.map(([name, text]) => [
      name,
      typeof text === "string" && Object.hasOwn(properties, name)
        ? valueOfText(text, properties[name]!)
        : text,
    ]),
  );
}

/** The first things that are wrong, with where: `body/topK must be integer`. */
export function schemaError(errors: readonly FastifySchemaValidationError[], part: string): Error {
  const told = errors.slice(0, 3).map(({ instancePath, message }) => `${part}${instancePath} ${message}`);
  return new Error(`${told.join("; ")}.`);
}
