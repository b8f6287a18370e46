import { Type } from "typebox";
import { LABEL_SET_NAME } from "../label-sets/label-sets.js";

export const LabelObject = Type.Object(
  {
    label: Type.String({ description: "What predictions return" }),
    className: Type.Optional(
      Type.String({ description: "The words that are put in a template. Default: the label" }),
    ),
    prompts: Type.Optional(
      Type.Array(Type.String(), { description: "Whole prompts in place of the templates" }),
    ),
    parent: Type.Optional(Type.String({ description: "The label of a broader class" })),
  },
  { additionalProperties: false },
);

export const Labels = Type.Array(Type.Union([Type.String(), LabelObject]), {
  description: "The classes: names, or objects",
});

export const Templates = Type.Array(Type.String(), {
  description: "Sentences with {} where the class name goes. Default: a photo of a {}",
});

export const LabelSetName = Type.String({ pattern: LABEL_SET_NAME, description: "The name of a label set" });

export const LabelSetRef = Type.String({
  pattern: `${LABEL_SET_NAME.slice(0, -1)}(@[1-9][0-9]{0,8})?$`,
  description: "A label set that the server has, as name or name@version",
});

export const Reject = Type.Object(
  {
    method: Type.Union([Type.Literal("similarity"), Type.Literal("mcm"), Type.Literal("negative-labels")]),
    threshold: Type.Number(),
    negatives: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false, description: "Tell pictures that seem to show none of the labels" },
);
