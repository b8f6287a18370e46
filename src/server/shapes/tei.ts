import { Type } from "typebox";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { embedInputs } from "./embed-inputs.js";
import { numbersOf } from "./embedding-encoding.js";

const EmbedRequest = Type.Object({
  inputs: Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })]),
  normalize: Type.Optional(Type.Boolean({ default: true })),
  truncate: Type.Optional(
    Type.Boolean({ description: "Texts that are too long are cut, whatever this says" }),
  ),
});

const Embeddings = Type.Array(Type.Array(Type.Number()));

const Info = Type.Object({
  model_id: Type.String(),
  model_dtype: Type.String(),
  model_type: Type.Object({ embedding: Type.Object({ pooling: Type.String() }) }),
  max_client_batch_size: Type.Integer(),
});

const TeiError = Type.Object({ error: Type.String(), error_type: Type.String() });

/** Kinds of error as clients of text-embeddings-inference know them. */
function teiError({ detail, status }: Problem) {
  const kind = status === 429 ? "Overloaded" : status >= 500 ? "Backend" : "Validation";
  return { error: detail, error_type: kind };
}

/** Text embeddings as Hugging Face's text-embeddings-inference serves them: `/embed`, `/` alike, `/info` and `/health`. */
export const teiRoutes: RoutePlugin = async (app) => {
  tellErrors(app, teiError);
  for (const url of ["/embed", "/"]) {
    app.post(
      url,
      {
        config: { scope: "classify" },
        schema: {
          tags: ["shapes of others"],
          summary: "Embeddings of texts, for clients of text-embeddings-inference",
          body: EmbedRequest,
          response: { 200: Embeddings, default: TeiError },
        },
      },
      async (request) => {
        const { inputs, normalize = true } = request.body;
        const texts = (typeof inputs === "string" ? [inputs] : inputs).map((text) => ({ text }));
        const embeddings = await embedInputs(request.encoder(), texts, request);
        return embeddings.map(({ embedding, norm }) =>
          numbersOf(normalize ? embedding : embedding.map((value) => value * norm)),
        );
      },
    );
  }
  const tags = ["shapes of others"];
  app.get(
    "/info",
    {
      config: { scope: "read" },
      schema: { tags, summary: "The model", response: { 200: Info, default: TeiError } },
    },
    async (request) => {
      const { identity } = request.encoder();
      return {
        model_id: identity.id,
        model_dtype: identity.dtype ?? "unknown",
        model_type: { embedding: { pooling: "projection" } },
        max_client_batch_size: app.service.limits.prompts,
      };
    },
  );
  app.get(
    "/health",
    { config: { scope: "public" }, schema: { tags, summary: "Whether the server runs" } },
    async () => ({}),
  );
};
