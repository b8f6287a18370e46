import { type Static, Type } from "typebox";
import { LabelSetRef, Labels, Templates } from "./labels.js";

export const ServedDatasets = Type.Object({
  data: Type.Array(
    Type.Object({
      name: Type.String(),
      format: Type.Optional(Type.String()),
      splits: Type.Array(Type.String(), {
        description: "What of it can be chosen, where it is cut into some",
      }),
      size: Type.Optional(Type.Integer({ description: "Pictures, where it is known without reading them" })),
      labels: Type.Optional(Type.Integer({ description: "How many, where it is known" })),
    }),
  ),
});

const Run = Type.Object(
  {
    model: Type.Optional(Type.String({ maxLength: 500, description: "Default: the server's first" })),
    labels: Type.Optional(Labels),
    labelSet: Type.Optional(LabelSetRef),
    templates: Type.Optional(Templates),
    original: Type.Optional(
      Type.Boolean({ description: "The arithmetic of the tutorial that this grew from, in place of ours" }),
    ),
  },
  { additionalProperties: false, description: "Without labels, those of the data set" },
);

export const EvaluationBody = Type.Object(
  {
    dataset: Type.String({ maxLength: 200, description: "The name of a data set of /v1/datasets" }),
    split: Type.Optional(Type.String({ maxLength: 200 })),
    sample: Type.Optional(
      Type.Integer({ minimum: 1, description: "So many pictures, drawn with the seed. Default: all" }),
    ),
    seed: Type.Optional(Type.Integer({ minimum: 0, maximum: 2 ** 31 - 1 })),
    otherLabels: Type.Optional(
      Type.Union([Type.Literal("refuse"), Type.Literal("ignore"), Type.Literal("detect")], {
        description: "What pictures are whose label is not in every label set. Default: refuse",
      }),
    ),
    runs: Type.Array(Run, {
      minItems: 1,
      maxItems: 8,
      description: "The others are compared with the first",
    }),
  },
  { additionalProperties: false },
);

export type EvaluationRequest = Static<typeof EvaluationBody>;

const Accuracy = Type.Object(
  { value: Type.Number(), low: Type.Number(), high: Type.Number() },
  { description: "Share of right first predictions, with its 95 % interval" },
);

export const Entry = Type.Object({
  id: Type.String(),
  created: Type.String(),
  state: Type.Union(["waiting", "running", "done", "failed"].map((state) => Type.Literal(state))),
  request: Type.Unsafe<object>({ type: "object", additionalProperties: true, description: "As it was sent" }),
  dataset: Type.String(),
  progress: Type.Optional(
    Type.Object({
      done: Type.Integer({ description: "Pictures embedded so far" }),
      total: Type.Optional(Type.Integer()),
      seconds: Type.Number({ description: "Since it began" }),
    }),
  ),
  pictures: Type.Optional(Type.Integer({ description: "That count" })),
  runs: Type.Optional(
    Type.Array(Type.Object({ name: Type.String(), model: Type.String(), accuracy: Accuracy })),
  ),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});

export const Listed = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default: 100" })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })),
});

export const Entries = Type.Object({ data: Type.Array(Entry) });

export const Params = Type.Object({
  id: Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$" }),
});

export const Cell = Type.Object(
  {
    run: Type.Integer({ minimum: 0, description: "Position of the run, from 0" }),
    label: Type.String({ maxLength: 2000, description: "That the pictures have" }),
    predicted: Type.String({ maxLength: 2000, description: "That the run gave them" }),
  },
  { additionalProperties: false },
);

export const CellPictures = Type.Object({
  count: Type.Integer({ description: "Pictures in the cell" }),
  pictures: Type.Array(
    Type.Object({
      id: Type.Union([Type.String(), Type.Integer()]),
      score: Type.Number({ description: "Of the prediction" }),
      thumbnail: Type.Optional(Type.String({ description: "Data URI of a small JPEG" })),
    }),
    { description: "Those that the run was surest of, 60 at most" },
  ),
});
