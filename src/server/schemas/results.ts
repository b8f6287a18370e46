import { Type } from "typebox";

const Prediction = Type.Object({
  label: Type.String(),
  score: Type.Number({ description: "0 to 1" }),
  similarity: Type.Number({ description: "Cosine between picture and label, -1 to 1" }),
  distance: Type.Number({ description: "1 - similarity" }),
  logit: Type.Number(),
  rank: Type.Integer({ description: "1 is the nearest" }),
});

const PictureResult = Type.Object({
  index: Type.Integer({ description: "Of the picture in the request, from 0" }),
  id: Type.String({ description: "The name that the picture came with, or its number" }),
  calibrated: Type.Optional(Type.Literal(true)),
  unknown: Type.Optional(
    Type.Object({ method: Type.String(), value: Type.Number(), threshold: Type.Number() }),
  ),
  predictions: Type.Optional(Type.Array(Prediction, { description: "Best first" })),
  error: Type.Optional(
    Type.Object(
      { code: Type.String(), message: Type.String() },
      { description: "What kept this picture from being classified" },
    ),
  ),
});

export const PictureResults = Type.Object({ model: Type.String(), results: Type.Array(PictureResult) });

export const Problem = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: "A code of docs/errors.md" }),
    requestId: Type.String(),
  },
  { description: "RFC 9457" },
);
