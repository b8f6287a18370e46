import { Type } from "typebox";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import { requestInvalid } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { embedInputs } from "./embed-inputs.js";
import { type EmbeddingEncoding, encodedEmbedding } from "./embedding-encoding.js";
import { embeddingInputs, type InputFields } from "./embedding-inputs.js";

const Picture = Type.String({ description: "A data URL, or base64" });

const Input = Type.Union([
  Type.String(),
  Type.Object({ text: Type.String() }),
  Type.Object({ image: Picture }),
  Type.Object({ bytes: Picture }),
  Type.Object({ url: Picture }),
]);

const Encoding = Type.Union(
  [Type.Literal("float"), Type.Literal("base64"), Type.Literal("binary"), Type.Literal("ubinary")],
  {
    description:
      "base64 is of float32, little-endian; binary and ubinary are a bit a number, packed, as Jina has them",
  },
);

/** What OpenAI's clients send, and what infinity, vLLM and Jina have added. Fields that are not here are passed over. */
const EmbeddingRequest = Type.Object({
  model: Type.Optional(Type.String()),
  input: Type.Optional(Type.Union([Input, Type.Array(Input, { minItems: 1 })])),
  messages: Type.Optional(Type.Array(Type.Object({ role: Type.Optional(Type.String()) }), { minItems: 1 })),
  modality: Type.Optional(Type.Union([Type.Literal("text"), Type.Literal("image")])),
  encoding_format: Type.Optional(Encoding),
  encoding_type: Type.Optional(Encoding),
  embedding_type: Type.Optional(Encoding),
  dimensions: Type.Optional(Type.Integer({ minimum: 1 })),
});

const EmbeddingResponse = Type.Object({
  object: Type.Literal("list"),
  model: Type.String(),
  data: Type.Array(
    Type.Object({
      object: Type.Literal("embedding"),
      index: Type.Integer(),
      embedding: Type.Union([Type.String(), Type.Array(Type.Number())]),
    }),
  ),
  usage: Type.Object({ prompt_tokens: Type.Integer(), total_tokens: Type.Integer() }),
});

const OpenAIError = Type.Object({
  error: Type.Object({
    message: Type.String(),
    type: Type.String(),
    param: Type.Null(),
    code: Type.String(),
  }),
  detail: Type.String({ description: "The same message, for Jina's clients" }),
});

/** Errors as OpenAI's clients read them, and as Jina's: `detail`. */
function openaiError({ code, detail, status }: Problem) {
  const type = status < 500 ? "invalid_request_error" : "server_error";
  return { error: { message: detail, type, param: null, code }, detail };
}

/** `/v1/embeddings` for OpenAI's clients and all that are made like them. */
export const openaiRoutes: RoutePlugin = async (app) => {
  tellErrors(app, openaiError);
  app.post(
    "/v1/embeddings",
    {
      config: { scope: "classify" },
      schema: {
        operationId: "createEmbeddings",
        tags: ["shapes of others"],
        summary: "Embeddings of texts and pictures, for clients of OpenAI, infinity, vLLM and Jina",
        body: EmbeddingRequest,
        response: { 200: EmbeddingResponse, default: OpenAIError },
      },
      // Before the schema is, which knows less of what to do.
      preValidation: async ({ body }) => void embeddingInputs(Object(body) as InputFields),
    },
    async (request) => {
      const { body } = request;
      const encoder = request.encoder(body.model);
      checkDimensions(body.dimensions, encoder.dimension);
      const embeddings = await embedInputs(encoder, embeddingInputs(body), request);
      const encoding: EmbeddingEncoding =
        body.encoding_format ?? body.encoding_type ?? body.embedding_type ?? "float";
      return {
        object: "list" as const,
        model: body.model ?? encoder.identity.id,
        data: embeddings.map(({ embedding }, index) => ({
          object: "embedding" as const,
          index,
          embedding: encodedEmbedding(embedding, encoding),
        })),
        usage: { prompt_tokens: 0, total_tokens: 0 },
      };
    },
  );
};

/** A part of an embedding is none: nearlabel's models are not trained to be cut. */
function checkDimensions(asked: number | undefined, dimension: number): void {
  if (asked === undefined || asked === dimension) return;
  throw requestInvalid(
    `Expected dimensions to be ${dimension}, the model's own, got ${asked}. Leave it out.`,
  );
}
