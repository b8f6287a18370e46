import { type Static, Type } from "typebox";
import { isObject, tryParseJson } from "../../files/json.js";
import { encodedSize } from "../../image/decode/size.js";
import { expectPicture, type Picture, type ReceivedPicture } from "../pictures/picture.js";
import { readForm } from "../pictures/receive.js";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import { requestInvalid } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import type { Service } from "../service.js";
import { type EmbeddingInput, embedInputs } from "./embed-inputs.js";
import { numbersOf } from "./embedding-encoding.js";

const PredictForm = Type.Object({
  entries: Type.String({ description: 'JSON, such as {"clip":{"visual":{"modelName":"ViT-B-32__openai"}}}' }),
  text: Type.Optional(Type.String()),
});

const Answer = Type.Object({
  clip: Type.String({ description: "The embedding as JSON in a string" }),
  imageHeight: Type.Optional(Type.Integer()),
  imageWidth: Type.Optional(Type.Integer()),
});

const ImmichError = Type.Object({ detail: Type.String() });

/** Immich tries its next address for any status but 2xx; 422 is what its own service has for requests that it does not know. */
const immichError = Object.assign(({ detail }: Problem) => ({ detail }), {
  status: ({ status }: Problem) => (status === 400 ? 422 : status),
});

/** `/predict` and `/ping` of Immich's machine-learning service, for its search: embeddings of pictures and of words. */
export const immichRoutes: RoutePlugin = async (app) => {
  tellErrors(app, immichError);
  const tags = ["shapes of others"];
  app.get(
    "/ping",
    { config: { scope: "public" }, schema: { tags, summary: "Whether the server runs, for Immich" } },
    async (_request, reply) => reply.type("text/plain").send("pong"),
  );
  app.post(
    "/predict",
    {
      config: { scope: "classify" },
      schema: {
        operationId: "immichPredict",
        tags,
        summary: "Embeddings of a picture or of words, for Immich's server",
        body: { content: { "multipart/form-data": { schema: PredictForm } } },
        response: { 200: Answer, default: ImmichError },
      },
      preValidation: readForm,
    },
    async (request) => {
      const form = request.body as Static<typeof PredictForm>;
      const { side, modelName } = taskOf(form.entries);
      const encoder = request.encoder(servedName(app.service, modelName));
      const clipOf = async (input: EmbeddingInput) => {
        const [found] = await embedInputs(encoder, [input], request);
        return JSON.stringify(numbersOf(found!.embedding));
      };
      if (side === "textual") return { clip: await clipOf({ text: textIn(form) }) };
      const { bytes } = pictureIn(request.pictures);
      const clip = await clipOf({ image: bytes });
      const { width, height } = await encodedSize(bytes);
      return { clip, imageHeight: height, imageWidth: width };
    },
  );
};

interface Task {
  readonly side: "visual" | "textual";
  readonly modelName: string;
}

/** The one task of `entries`. @throws RequestError for faces, for texts in pictures, and for what is no task */
function taskOf(entries: string): Task {
  const parsed = tryParseJson(entries);
  const { clip, ...others } = isObject(parsed) ? parsed : {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw requestInvalid(`Expected the task clip in entries, got ${unknown}.`);
  const sides = Object.entries(isObject(clip) ? clip : {});
  const [[side, task] = []] = sides;
  const { modelName } = isObject(task) ? task : {};
  if (sides.length === 1 && (side === "visual" || side === "textual") && typeof modelName === "string") {
    return { side, modelName };
  }
  throw requestInvalid(
    'Expected entries as {"clip":{"visual":{"modelName":"…"}}}, or textual in place of visual.',
  );
}

/** The model that Immich calls `name`: one that is served under that name, or as `immich-app/NAME` from the hub. */
function servedName({ models }: Service, name: string): string {
  return [...models.keys()].find((id) => id === name || id.endsWith(`/${name}`)) ?? name;
}

function textIn({ text }: { readonly text?: string }): string {
  if (text !== undefined) return text;
  throw requestInvalid("Expected a field text for the task clip, textual.");
}

function pictureIn([picture]: readonly ReceivedPicture[]): Picture {
  if (picture) return expectPicture(picture);
  throw requestInvalid("Expected a file image for the task clip, visual.");
}
