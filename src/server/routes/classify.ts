import { type Static, Type } from "typebox";
import type { PredictOptions } from "../../scoring/scores.js";
import { classifyPictures, streamPictures } from "../classify/picture-results.js";
import { requestClasses } from "../classify/request-classes.js";
import { convertFields } from "../pictures/form-fields.js";
import { readForm, readImages } from "../pictures/receive.js";
import { Images } from "../schemas/images.js";
import { LabelSetRef, Labels, Reject, Templates } from "../schemas/labels.js";
import { PictureResults } from "../schemas/results.js";
import { modelOf } from "../service.js";
import type { RoutePlugin } from "./route-plugin.js";
import { sendStream, streamForm } from "./streaming.js";

const MinScore = Type.Union(
  [
    Type.Number({ minimum: 0, maximum: 1 }),
    Type.Record(Type.String(), Type.Number({ minimum: 0, maximum: 1 })),
  ],
  { description: "Leave out predictions that score less: one for all labels, or one each, by label" },
);

const ClassifyBody = Type.Object(
  {
    model: Type.Optional(Type.String({ description: "A model of /v1/models. Default: the first" })),
    labels: Type.Optional(Labels),
    labelSet: Type.Optional(LabelSetRef),
    templates: Type.Optional(Templates),
    images: Type.Optional(Images),
    topK: Type.Optional(Type.Integer({ minimum: 1, description: "Predictions a picture. Default: 5" })),
    minScore: Type.Optional(MinScore),
    minSimilarity: Type.Optional(Type.Number({ minimum: -1, maximum: 1 })),
    multiLabel: Type.Optional(Type.Boolean({ description: "Score each label on its own" })),
    temperature: Type.Optional(
      Type.Number({
        exclusiveMinimum: 0,
        maximum: 1e6,
        description: "What logits are divided by before they become scores",
      }),
    ),
    reject: Type.Optional(Type.Union([Reject, Type.Literal(true)])),
    search: Type.Optional(
      Type.Union([Type.Literal("memory"), Type.Literal("table")], {
        description:
          "Where the labels of an index are looked for: table is for indexes that do not fit in memory. Default: memory",
      }),
    ),
  },
  { additionalProperties: false },
);

type ClassifyBody = Static<typeof ClassifyBody>;

/** `POST /v1/classify`: pictures of a form, one as it is, or base64 in JSON, against labels of the request or of the server. */
export const classifyRoutes: RoutePlugin = async (app) => {
  app.post(
    "/v1/classify",
    {
      config: { scope: "classify", takesPictures: true, streams: true },
      schema: {
        operationId: "classify",
        tags: ["pictures"],
        summary: "What pictures show, of the labels given",
        body: ClassifyBody,
        response: { 200: PictureResults },
      },
      preValidation: [readForm, convertFields(ClassifyBody)],
      preHandler: readImages,
    },
    async (request, reply) => {
      const { model: id, images: _, topK, minScore, minSimilarity, multiLabel, ...choice } = request.body;
      const model = modelOf(app.service, id);
      const classes = await requestClasses(app.service, model, choice as Choice, request.caller);
      const how = {
        encoder: request.encoder(id),
        classes,
        options: { topK, minScore: leastScores(minScore), minSimilarity, multiLabel },
      };
      const form = streamForm(request);
      if (form) return sendStream(request, reply, form, streamPictures(request.pictures, how));
      return { model: model.id, results: await classifyPictures(request.pictures, how) };
    },
  );
};

function leastScores(minScore: ClassifyBody["minScore"]): PredictOptions["minScore"] {
  return typeof minScore === "object" ? new Map(Object.entries(minScore)) : minScore;
}

/** What the schema lets through, whose optional fields are absent where they are not given. */
type Choice = Parameters<typeof requestClasses>[2] & Pick<ClassifyBody, never>;
