import { Type } from "typebox";
import type { RoutePlugin } from "./route-plugin.js";

const Model = Type.Object({
  id: Type.String(),
  object: Type.Literal("model"),
  created: Type.Integer(),
  owned_by: Type.String(),
  dimension: Type.Integer({ description: "Numbers in every embedding" }),
  scoring: Type.Object(
    {
      logitScale: Type.Number(),
      logitBias: Type.Number(),
      scoreFunction: Type.Union([Type.Literal("softmax"), Type.Literal("sigmoid")]),
    },
    { description: "Logit = scale x cosine + bias; scores are the softmax or sigmoid of logits" },
  ),
});

const Models = Type.Object({ object: Type.Literal("list"), data: Type.Array(Model) });

/** `/v1/models`, in the shape that OpenAI's clients know as well. */
export const modelRoutes: RoutePlugin = async (app) => {
  app.get(
    "/v1/models",
    {
      config: { scope: "read" },
      schema: {
        tags: ["models"],
        operationId: "listModels",
        summary: "The models that the server has",
        response: { 200: Models },
      },
    },
    async () => ({
      object: "list" as const,
      data: [...app.service.models].map(([id, { encoder }]) => ({
        id,
        object: "model" as const,
        created: 0,
        owned_by: "nearlabel",
        dimension: encoder.dimension,
        scoring: encoder.scoring,
      })),
    }),
  );
};
