import { Type } from "typebox";
import { embeddingAt } from "../../encoder/embedding-batch.js";
import { NearlabelError } from "../../errors.js";
import { sevenDigits } from "../../math/digits.js";
import { percent } from "../../math/number-text.js";
import { requestClasses } from "../classify/request-classes.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { LabelSetRef } from "../schemas/labels.js";
import { modelOf } from "../service.js";
import { answer, type Tool } from "./agent.js";
import { PictureArgument, pictureArgument } from "./picture-argument.js";

const input = Type.Object(
  {
    ...PictureArgument,
    labels: Type.Optional(
      Type.Array(Type.String(), {
        minItems: 1,
        description: "What the picture may show, such as cat and dog",
      }),
    ),
    label_set: Type.Optional(LabelSetRef),
    templates: Type.Optional(
      Type.Array(Type.String(), { description: "Sentences with {} for the label. Default: a photo of a {}" }),
    ),
    top_k: Type.Optional(Type.Integer({ minimum: 1, description: "Labels to name, best first. Default: 5" })),
    multi_label: Type.Optional(
      Type.Boolean({ description: "Score each label on its own, for pictures that show several" }),
    ),
  },
  { additionalProperties: false },
);

export const classifyTool: Tool<typeof input> = {
  name: "classify",
  title: "Classify a picture",
  description:
    "Says which of some labels a picture shows, with a score for each. Give the labels, or a label set that the server keeps.",
  input,
  async call(
    { labels, label_set: labelSet, templates, top_k: topK, multi_label: multiLabel, ...given },
    agent,
  ) {
    agent.expectScope("classify");
    const { service, caller } = agent;
    const picture = await pictureArgument(given, agent);
    if (picture === undefined) throw requestInvalid("Expected a picture: image, or path.");
    const model = modelOf(service);
    const classes = await requestClasses(
      service,
      model,
      { ...(labels && { labels }), ...(labelSet && { labelSet }), ...(templates && { templates }) },
      caller,
    );
    const found = embeddingAt(await model.encoderFor(caller).embedImages([picture]), 0);
    if (found instanceof NearlabelError) {
      throw new RequestError(found.code, found.publicMessage, { cause: found });
    }
    const [{ predictions } = { predictions: [] }] = await classes.nearest([found.embedding], {
      topK,
      multiLabel,
    });
    return answer(
      predictions.map(({ label, score, rank }) => `${rank}. ${label}: ${percent(score)}`),
      {
        predictions: predictions.map(({ label, score, similarity }) => ({
          label,
          score: sevenDigits(score),
          similarity: sevenDigits(similarity),
        })),
      },
    );
  },
};
