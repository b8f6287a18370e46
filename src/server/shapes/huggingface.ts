import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { ErrorCode } from "../../errors.js";
import { classifyPictures } from "../classify/picture-results.js";
import { type LabelChoice, requestClasses } from "../classify/request-classes.js";
import { readPicture } from "../pictures/read-picture.js";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { LabelSetRef } from "../schemas/labels.js";
import { modelOf, type Service } from "../service.js";
import { embedInputs } from "./embed-inputs.js";
import { numbersOf } from "./embedding-encoding.js";

/** What transformers' pipeline for zero-shot classification asks where nothing else is said. */
const HYPOTHESIS = "This is a photo of {}.";

const Parameters = Type.Object({
  candidate_labels: Type.Optional(Type.Union([Type.String(), Type.Array(Type.String(), { minItems: 1 })])),
  hypothesis_template: Type.Optional(Type.String({ default: HYPOTHESIS })),
  top_k: Type.Optional(Type.Integer({ minimum: 1 })),
  function_to_apply: Type.Optional(
    Type.Union([Type.Literal("softmax"), Type.Literal("sigmoid"), Type.Literal("none")]),
  ),
});
type Parameters = Static<typeof Parameters>;

const TaskRequest = Type.Object({
  inputs: Type.Union(
    [Type.String(), Type.Object({ image: Type.String() }), Type.Array(Type.String(), { minItems: 1 })],
    { description: "A text or several; or a picture in base64, as it is or as image" },
  ),
  parameters: Type.Optional(Parameters),
});
type TaskRequest = Static<typeof TaskRequest>;

const Answer = Type.Union([
  Type.Array(Type.Object({ label: Type.String(), score: Type.Number() })),
  Type.Array(Type.Array(Type.Number())),
]);

const HuggingFaceError = Type.Object({ error: Type.String() });

/** Errors as both of Hugging Face's clients read them. */
const huggingFaceError = ({ detail }: Problem) => ({ error: detail });

/**
 * `/hf/MODEL`, the address of an inference endpoint as Hugging Face's clients know it. What is asked for shows in the request:
 * labels in it are zero-shot classification; a picture as it is, or how many labels are wanted, are classification by a label set of
 * the server; anything else is feature extraction.
 */
export const huggingFaceRoutes: RoutePlugin = async (app) => {
  tellErrors(app, huggingFaceError);
  // Python's client sends the bytes of a picture without a type.
  app.addContentTypeParser("*", { parseAs: "buffer" }, async (_request: unknown, body: Buffer) => body);
  app.post(
    "/hf/*",
    {
      config: { scope: "classify" },
      schema: {
        operationId: "huggingFace",
        tags: ["shapes of others"],
        summary: "Zero-shot classification, classification and feature extraction for Hugging Face's clients",
        querystring: Type.Object({ label_set: Type.Optional(LabelSetRef) }),
        body: { content: { "application/json": { schema: TaskRequest } } },
        response: { 200: Answer, default: HuggingFaceError },
      },
    },
    async (request) => {
      const ask: Ask = { request, model: (request.params as { "*": string })["*"] };
      if (Buffer.isBuffer(request.body)) return classifyBySet(ask, request.body, {});
      const { inputs, parameters = {} } = request.body as TaskRequest;
      if (parameters.candidate_labels !== undefined) return zeroShot(ask, imageIn(inputs), parameters);
      if (parameters.top_k ?? parameters.function_to_apply) {
        return classifyBySet(ask, imageIn(inputs), parameters);
      }
      const wanted = [inputs].flat().map((input) => (typeof input === "string" ? { text: input } : input));
      const embeddings = await embedInputs(request.encoder(ask.model), wanted, request);
      return embeddings.map(({ embedding }) => numbersOf(embedding));
    },
  );
};

/** A request, and the model that it names. */
interface Ask {
  readonly request: FastifyRequest;
  readonly model: string;
}

function imageIn(inputs: TaskRequest["inputs"]): string {
  if (typeof inputs === "string") return inputs;
  if (!Array.isArray(inputs)) return inputs.image;
  throw requestInvalid("Expected inputs to be one picture in base64, got a list.");
}

function zeroShot(ask: Ask, image: string, parameters: Parameters) {
  const { candidate_labels = [], hypothesis_template = HYPOTHESIS } = parameters;
  const names = typeof candidate_labels === "string" ? candidate_labels.split(",") : candidate_labels;
  const labels = names.map(verbatim);
  const choice = { labels, templates: [hypothesis_template] };
  return scores(ask, choice, image, { top_k: labels.length, ...parameters });
}

/** A label whose class name is the label itself: transformers changes nothing in it. */
function verbatim(name: string) {
  const label = name.trim();
  return { label, className: label };
}

async function classifyBySet(ask: Ask, image: string | Uint8Array, parameters: Parameters) {
  const { server, query } = ask.request;
  const { label_set } = query as { label_set?: string };
  return scores(ask, { labelSet: label_set ?? (await onlySet(server.service)) }, image, parameters);
}

async function onlySet({ labelSets, labelIndexes }: Service): Promise<string> {
  const kept = (await labelSets?.list()) ?? [];
  const [name, ...others] = [...kept.map((set) => set.name), ...labelIndexes.keys()];
  if (name !== undefined && others.length === 0) return name;
  throw new RequestError(
    "LABEL_SET_NOT_FOUND",
    name === undefined
      ? "The server has no label set: send candidate_labels, or start it with --labels."
      : `Expected the label set in the address, as ?label_set=${name}; there are ${[name, ...others].join(", ")}.`,
  );
}

async function scores(ask: Ask, choice: LabelChoice, image: string | Uint8Array, parameters: Parameters) {
  const { request, model } = ask;
  const { service } = request.server;
  const { top_k: topK, function_to_apply: as } = parameters;
  const picture = await readPicture({ name: "inputs", source: image }, request);
  const classes = await requestClasses(service, modelOf(service, model), choice, request.caller);
  const [result] = await classifyPictures([picture], {
    encoder: request.encoder(model),
    classes,
    options: { topK, multiLabel: as === "sigmoid" },
  });
  if ("error" in result!) throw new RequestError(result.error.code as ErrorCode, result.error.message);
  return result!.predictions.map(({ label, score, logit }) => ({
    label,
    score: as === "none" ? logit : score,
  }));
}
