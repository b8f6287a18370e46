import { Type } from "typebox";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { namedLabels } from "../classify/request-classes.js";
import { requestLabels } from "../classify/request-labels.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import type { TableRanker } from "../ranking/table-ranker.js";
import { LabelSetRef, Labels, Templates } from "../schemas/labels.js";
import { modelOfTable, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const Named = Type.Object({ table: Type.String({ maxLength: 200 }) });
const base64 = (description: string) => Type.String({ contentEncoding: "base64", description });

const RankBody = Type.Object(
  {
    labels: Type.Optional(Labels),
    labelSet: Type.Optional(LabelSetRef),
    templates: Type.Optional(Templates),
    about: Type.Optional(Type.String({ description: "A label whose similarity to each picture is wanted" })),
  },
  { additionalProperties: false },
);

const RankAnswer = Type.Object({
  version: Type.Integer({ description: "Of the table; rows are in the order of its ids" }),
  labels: Type.Array(
    Type.Object({
      label: Type.String(),
      count: Type.Integer({ description: "Pictures that it is the best for" }),
    }),
  ),
  best: base64("Position of the best label of each picture: little-endian uint16"),
  scores: base64("Its score: little-endian float32"),
  similarities: Type.Optional(base64("Similarity to the label of about: little-endian float32")),
});

/** Labels that all pictures of a table are ranked by at a time: each takes as much memory as the table has rows. */
const MOST_LABELS = 1000;

/** `/v1/tables/{table}/rank`: all stored pictures against labels that change, as a page wants them while somebody types. */
export const rankingRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  const rankerOf = (name: string): TableRanker => {
    const found = service.rankers.get(name);
    if (found) return found;
    tableOf(service, name);
    throw new RequestError("TABLE_NOT_FOUND", `The server does not rank the table "${name}".`);
  };
  app.get(
    "/v1/tables/:table/ids",
    {
      config: { scope: "read" },
      schema: {
        tags: ["tables"],
        operationId: "tableIds",
        summary: "The ids of all pictures in the order of rankings, 32 bytes each",
        params: Named,
        response: {
          200: {
            description: "The header table-version tells of which version",
            content: {
              "application/octet-stream": { schema: Type.Unsafe({ type: "string", format: "binary" }) },
            },
          },
        },
      },
    },
    async ({ params, caller }, reply) => {
      const { version, ids } = await rankerOf(params.table).ids(caller.signal);
      return reply.type("application/octet-stream").header("table-version", version).send(Buffer.from(ids));
    },
  );
  app.post(
    "/v1/tables/:table/rank",
    {
      config: { scope: "classify" },
      schema: {
        tags: ["tables"],
        operationId: "rankTable",
        summary: "The best label of every picture of a table, and how many each label has",
        params: Named,
        body: RankBody,
        response: { 200: RankAnswer },
      },
    },
    async ({ params, body, caller }) => {
      const ranker = rankerOf(params.table);
      const { labels: given, labelSet, about } = body;
      if ((given === undefined) === (labelSet === undefined)) {
        throw requestInvalid("Expected either labels or labelSet, got both or neither.");
      }
      const named = labelSet === undefined ? undefined : await namedLabels(service, labelSet);
      const limits = { ...service.limits, labels: Math.min(service.limits.labels, MOST_LABELS) };
      const { labels, templates } = requestLabels(
        named?.labels ?? (given as never),
        body.templates ?? named?.templates,
        limits,
      );
      const position = about === undefined ? undefined : labels.findIndex(({ label }) => label === about);
      if (position === -1) throw requestInvalid(`"${about}" is none of the labels.`);
      const model = service.models.get(await modelOfTable(service, tableOf(service, params.table)))!;
      const { signal } = caller;
      const embeddings = await embedLabels(model.encoderFor(caller), labels, templates, { signal });
      const question = { labels: embeddings, scoring: model.encoder.scoring, about: position };
      const { version, best, scores, counts, similarities } = await ranker.rank(question, signal);
      return {
        version,
        labels: labels.map(({ label }, at) => ({ label, count: counts[at]! })),
        best: base64Of(best),
        scores: base64Of(scores),
        ...(similarities && { similarities: base64Of(similarities) }),
      };
    },
  );
};

function base64Of({ buffer, byteOffset, byteLength }: Uint16Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
