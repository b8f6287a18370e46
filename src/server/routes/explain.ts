import { Type } from "typebox";
import { namedLabels } from "../classify/request-classes.js";
import { requestLabels } from "../classify/request-labels.js";
import { convertFields } from "../pictures/form-fields.js";
import { expectPicture } from "../pictures/picture.js";
import { readForm, readImages } from "../pictures/receive.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { Images } from "../schemas/images.js";
import { LabelSetRef, Labels, Templates } from "../schemas/labels.js";
import { modelOf } from "../service.js";
import type { RoutePlugin } from "./route-plugin.js";

const ExplainBody = Type.Object(
  {
    model: Type.Optional(Type.String()),
    labels: Type.Optional(Labels),
    labelSet: Type.Optional(LabelSetRef),
    templates: Type.Optional(Templates),
    images: Type.Optional(Images),
  },
  { additionalProperties: false },
);

/** Labels that an explanation shows at most: it holds every prompt, token and vector. */
const MOST_LABELS = 500;

/** `POST /v1/explain`: how one picture gets its labels, each step with its values. */
export const explainRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.post(
    "/v1/explain",
    {
      config: { scope: "classify", takesPictures: true },
      schema: {
        operationId: "explain",
        tags: ["pictures"],
        summary: "How one picture gets its labels, step by step with all values",
        body: ExplainBody,
        response: { 200: Type.Unsafe({ type: "object", additionalProperties: true }) },
      },
      preValidation: [readForm, convertFields(ExplainBody)],
      preHandler: readImages,
    },
    async (request, reply) => {
      const { model, labels, labelSet, templates } = request.body;
      const explainer = service.explainers.get(modelOf(service, model).id);
      if (!explainer)
        throw new RequestError("MODEL_NOT_FOUND", "This model cannot be explained by this server.");
      if ((labels === undefined) === (labelSet === undefined)) {
        throw requestInvalid("Expected either labels or labelSet, got both or neither.");
      }
      const [picture, ...more] = request.pictures;
      if (more.length > 0) throw requestInvalid("Expected one picture to explain.");
      const named = labelSet === undefined ? undefined : await namedLabels(service, labelSet);
      const limits = { ...service.limits, labels: Math.min(service.limits.labels, MOST_LABELS) };
      const content = requestLabels(
        named?.labels ?? (labels as never),
        templates ?? named?.templates,
        limits,
      );
      const json = await explainer.explain(
        { picture: expectPicture(picture!).bytes, ...content },
        request.caller.signal,
      );
      return reply
        .type("application/json; charset=utf-8")
        .serializer(String)
        .send(json as never);
    },
  );
};
