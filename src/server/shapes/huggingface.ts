import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import { type Classifier, createClassifier } from "../../classify/classifier.js";
import type { Encoder } from "../../encoder/encoder.js";
import { templateSet } from "../../labels/prompts/templates.js";
import { labelSet } from "../../labels/set/label-set.js";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import { fromRequest, RequestError, requestInvalid } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { embedInputs, pictureIn } from "./embed-inputs.js";
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

/** Errors as both of Hugging Face's clients read them. */
const huggingFaceError = ({ detail }: Problem) => ({ error: detail });

/**
 * `/hf/MODEL`, the address of an inference endpoint as Hugging Face's clients know it. What is asked for shows in the request:
 * labels in it are zero-shot classification, and anything else is feature extraction.
 */
export const huggingFaceRoutes: RoutePlugin = async (app) => {
  tellErrors(app, huggingFaceError);
  app.post(
    "/hf/*",
    {
      config: { scope: "classify" },
      schema: {
        body: { content: { "application/json": { schema: TaskRequest } } },
      },
    },
    async (request) => {
      const encoder = request.encoder((request.params as { "*": string })["*"]);
      const { inputs, parameters = {} } = request.body as TaskRequest;
      if (parameters.candidate_labels !== undefined) {
        return zeroShot(request, encoder, imageIn(inputs), parameters);
      }
      const wanted = [inputs].flat().map((input) => (typeof input === "string" ? { text: input } : input));
      const embeddings = await embedInputs(encoder, wanted, app.service.limits);
      return embeddings.map(({ embedding }) => numbersOf(embedding));
    },
  );
};

function imageIn(inputs: TaskRequest["inputs"]): string {
  if (typeof inputs === "string") return inputs;
  if (!Array.isArray(inputs)) return inputs.image;
  throw requestInvalid("Expected inputs to be one picture in base64, got a list.");
}

async function zeroShot(request: FastifyRequest, model: Encoder, image: string, parameters: Parameters) {
  const { candidate_labels = [], hypothesis_template = HYPOTHESIS } = parameters;
  const names = typeof candidate_labels === "string" ? candidate_labels.split(",") : candidate_labels;
  const labels = fromRequest(() => labelSet(names.map(verbatim)));
  const templates = fromRequest(() => templateSet(hypothesis_template));
  await using classifier = await createClassifier({ labels, templates, model });
  return predictions(request, classifier, image, { top_k: labels.length, ...parameters });
}

/** A label whose class name is the label itself: transformers changes nothing in it. */
function verbatim(name: string) {
  const label = name.trim();
  return { label, className: label };
}

async function predictions(
  { server }: FastifyRequest,
  classifier: Classifier,
  image: string | Uint8Array,
  { top_k: topK, function_to_apply: scores }: Parameters,
) {
  const { bytes } = pictureIn(image, "inputs", server.service.limits);
  const [result] = await classifier.classify([bytes], { topK, multiLabel: scores === "sigmoid" });
  const { error, predictions } = result!;
  if (error) throw new RequestError(error.code, error.publicMessage, { cause: error });
  return predictions.map(({ label, score, logit }) => ({ label, score: scores === "none" ? logit : score }));
}
