import { Type } from "typebox";
import { embedLabels } from "../../labels/prompts/embed-labels.js";
import { namedLabels } from "../classify/request-classes.js";
import { requestLabels } from "../classify/request-labels.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import type { TableRanker } from "../ranking/table-ranker.js";
import { ImageId, Where } from "../schemas/images-of-table.js";
import { LabelSetRef, Labels, Templates } from "../schemas/labels.js";
import { aboutTable, modelOfTable, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const Named = Type.Object({ table: Type.String({ maxLength: 200 }) });
const base64 = (description: string) => Type.String({ contentEncoding: "base64", description });

const RankBody = Type.Object(
  {
    labels: Type.Optional(Labels),
    labelSet: Type.Optional(LabelSetRef),
    templates: Type.Optional(Templates),
    about: Type.Optional(Type.String({ description: "A label whose similarity to each picture is wanted" })),
    learn: Type.Optional(
      Type.Boolean({
        description: "Move classes towards pictures that were given these labels. Default: false",
      }),
    ),
    pictures: Type.Optional(
      Type.Array(ImageId, {
        maxItems: 100,
        description: "Pictures of which the best five labels are wanted",
      }),
    ),
  },
  { additionalProperties: false },
);

const Told = Type.Object({ label: Type.String(), score: Type.Number(), similarity: Type.Number() });

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
  given: base64(
    "Position of the label that each picture was given, 65,535 where it was given none of them: little-endian uint16",
  ),
  learned: Type.Optional(
    Type.Object({
      examples: Type.Integer({ description: "Pictures that were learned from" }),
      weight: Type.Number({ description: "Their share in classes, 0 to 1" }),
      before: Type.Optional(Type.Number({ description: "Share of them that words alone label as given" })),
      after: Type.Optional(Type.Number({ description: "The same with what the others taught" })),
    }),
  ),
  pictures: Type.Array(Type.Object({ id: Type.String(), predictions: Type.Array(Told) })),
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
        summary:
          "The ids of all pictures in the order of rankings, or of those that meet a condition; 32 bytes each",
        params: Named,
        querystring: Type.Object({ where: Type.Optional(Where) }),
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
    async ({ params, query: { where }, caller }, reply) => {
      const ranker = rankerOf(params.table);
      const { version, ids } = await aboutTable(tableOf(service, params.table), () =>
        ranker.ids({ where }, caller.signal),
      );
      return reply.type("application/octet-stream").header("table-version", version).send(ids);
    },
  );
  app.post(
    "/v1/tables/:table/rank",
    {
      config: { scope: ["read", "classify"] },
      schema: {
        tags: ["tables"],
        operationId: "rankTable",
        summary: "The best label of every picture of a table, and how many each label has",
        params: Named,
        body: RankBody,
        response: { 200: RankAnswer },
      },
    },
    async ({ params, body, caller }, reply) => {
      const ranker = rankerOf(params.table);
      const { labels: wanted, labelSet, about, learn, pictures = [] } = body;
      if ((wanted === undefined) === (labelSet === undefined)) {
        throw requestInvalid("Expected either labels or labelSet, got both or neither.");
      }
      const named = labelSet === undefined ? undefined : await namedLabels(service, labelSet);
      const limits = { ...service.limits, labels: Math.min(service.limits.labels, MOST_LABELS) };
      const { labels, templates } = requestLabels(
        named?.labels ?? (wanted as never),
        body.templates ?? named?.templates,
        limits,
      );
      const position = about === undefined ? undefined : labels.findIndex(({ label }) => label === about);
      if (position === -1) throw requestInvalid(`"${about}" is none of the labels.`);
      const model = service.models.get(await modelOfTable(service, tableOf(service, params.table)))!;
      const { signal } = caller;
      const embeddings = await embedLabels(model.encoderFor(caller), labels, templates, { signal });
      const { scoring } = model.encoder;
      const names = labels.map(({ label }) => label);
      const question = { labels: embeddings, names, scoring, about: position, learn, pictures };
      return reply
        .type("application/json; charset=utf-8")
        .send((await ranker.rank(question, signal)) as never);
    },
  );
};
