import { Type } from "typebox";
import { type Embedding, embeddingAt } from "../../encoder/embedding-batch.js";
import type { Encoder } from "../../encoder/encoder.js";
import { NearlabelError } from "../../errors.js";
import { checkLengths } from "../classify/request-labels.js";
import { embedPictures } from "../pictures/embed-pictures.js";
import { convertFields } from "../pictures/form-fields.js";
import { readForm, readImages } from "../pictures/receive.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { Images } from "../schemas/images.js";
import { modelOf } from "../service.js";
import { base64Of } from "../shapes/embedding-encoding.js";
import type { RoutePlugin } from "./route-plugin.js";

const EmbedBody = Type.Object(
  {
    model: Type.Optional(Type.String({ description: "A model of /v1/models. Default: the first" })),
    texts: Type.Optional(Type.Array(Type.String(), { minItems: 1 })),
    images: Type.Optional(Images),
  },
  { additionalProperties: false },
);

const Embedded = Type.Object({
  index: Type.Integer({ description: "Of the text or picture in the request, from 0" }),
  embedding: Type.Optional(Type.String({ description: "Unit length; base64 of float32, little-endian" })),
  error: Type.Optional(Type.Object({ code: Type.String(), message: Type.String() })),
});

/** `POST /v1/embed`: embeddings of texts, or of pictures of a form, with a record for each that has none. */
export const embedRoutes: RoutePlugin = async (app) => {
  app.post(
    "/v1/embed",
    {
      config: { scope: "classify", takesPictures: true },
      schema: {
        operationId: "embed",
        tags: ["pictures"],
        summary: "Embeddings of texts, or of pictures",
        body: EmbedBody,
        response: { 200: Type.Object({ model: Type.String(), results: Type.Array(Embedded) }) },
      },
      preValidation: [readForm, convertFields(EmbedBody)],
      preHandler: async function (request, reply) {
        const { texts, images } = Object(request.body) as { texts?: unknown; images?: unknown };
        if (texts === undefined) return readImages.call(this, request, reply);
        if (images !== undefined || request.pictures.length > 0)
          throw requestInvalid("Expected texts or pictures, got both.");
      },
    },
    async (request) => {
      const { model: id, texts } = request.body;
      const model = modelOf(app.service, id);
      const encoder = request.encoder(id);
      const { limits } = app.service;
      if (texts && texts.length > limits.prompts) {
        throw new RequestError(
          "REQUEST_TOO_LARGE",
          `Expected at most ${limits.prompts} texts in one request, got ${texts.length}.`,
        );
      }
      checkLengths(texts ?? [], limits);
      const found = texts ? await embedTexts(encoder, texts) : await embedPictures(encoder, request.pictures);
      return { model: model.id, results: found.map(resultOf) };
    },
  );
};

async function embedTexts(encoder: Encoder, texts: readonly string[]) {
  const batch = await encoder.embedTexts(texts);
  return texts.map((_, at) => embeddingAt(batch, at));
}

function resultOf(found: Embedding | NearlabelError, index: number) {
  return found instanceof NearlabelError
    ? { index, error: { code: found.code, message: found.publicMessage } }
    : { index, embedding: base64Of(found.embedding) };
}
