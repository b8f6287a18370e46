import swagger, { type JSONObject, type SwaggerTransform } from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { packageVersion } from "../../files/package-files.js";
import { Problem } from "../schemas/results.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** The route takes pictures as forms and as they are, beside JSON. */
    takesPictures?: true;
    /** The route answers with a stream to who asks for one. */
    streams?: true;
  }
}

type Schema = Readonly<Record<string, unknown>>;

/** Collects the schemas of the routes that are added from now on into an OpenAPI 3.1 document. */
export async function describeRoutes(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "nearlabel",
        version: packageVersion(),
        description: "Zero-shot image classification and picture search. Errors are RFC 9457 problems.",
      },
      components: { securitySchemes: { key: { type: "http", scheme: "bearer" } } },
    },
    hideUntagged: true,
    transform: documented as SwaggerTransform,
  });
}

/** The schema of a route with what all routes have in common: how errors look, bodies of other types, and the key. */
function documented({ schema, url, route }: Parameters<SwaggerTransform>[0]) {
  // A route without a group is not for programs to call.
  if (schema?.tags === undefined) return { schema: { hide: true }, url };
  const { scope, takesPictures, streams } = route.config ?? {};
  const { body, response, consumes: _, ...rest } = schema as Schema & { response?: Record<string, Schema> };
  return {
    url,
    schema: {
      ...rest,
      ...(body !== undefined && { body: takesPictures ? pictureBodies(body as Schema) : body }),
      response: { default: problem, ...(streams ? streamed(response!) : response) },
      ...(scope !== "public" && { security: [{ key: [] }, {}] }),
    },
  };
}

const problem = {
  description: "What went wrong",
  content: { "application/problem+json": { schema: Problem } },
};

const binary = { type: "string", format: "binary" };

function pictureBodies(json: Schema): Schema {
  const { images: _, ...fields } = json.properties as Readonly<Record<string, JSONObject>>;
  const form = {
    ...json,
    description:
      "Each file is a picture. Lists are given by repeating a field or between commas, objects in JSON.",
    properties: { ...fields, image: { type: "array", items: binary } },
  };
  return {
    content: {
      "application/json": { schema: json },
      "multipart/form-data": { schema: form },
      "application/octet-stream": { schema: binary },
      "image/jpeg": { schema: binary },
      "image/png": { schema: binary },
      "image/webp": { schema: binary },
    },
  };
}

function streamed(response: Readonly<Record<string, Schema>>): Schema {
  const schema = response["200"]!;
  const result = (schema.properties as { results: { items: Schema } }).results.items;
  return {
    ...response,
    200: {
      description: String(schema.description ?? "Results"),
      content: {
        "application/json": { schema },
        "application/x-ndjson": { schema: result },
        "text/event-stream": { schema: { type: "string" } },
      },
    },
  };
}
