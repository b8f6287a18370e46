import { Type } from "typebox";
import { BANDS } from "../../images/curate/duplicates.js";
import { SUSPECT_KINDS } from "../../images/curate/suspects.js";
import { requestLabels } from "../classify/request-labels.js";
import { type Curator, MOST_TOLD } from "../curation/curator.js";
import { RequestError } from "../problems/request-error.js";
import { ImageId, Where } from "../schemas/images-of-table.js";
import { LabelSetName, Labels, Templates } from "../schemas/labels.js";
import { aboutTable, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const oneOf = <T extends string>(values: readonly T[]) =>
  Type.Unsafe<T>(Type.Union(values.map((value) => Type.Literal(value))));
const Named = Type.Object({ table: Type.String({ maxLength: 200 }) });
const page = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default: 100" })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })),
};
const Picture = { id: Type.String(), name: Type.String() };
const nullable = Type.Union([Type.Integer(), Type.Null()]);
const Measured = { ...Picture, width: nullable, height: nullable, bytes: nullable };

const Suspects = Type.Object({
  total: Type.Integer(),
  pictures: Type.Integer({ description: "Pictures with a given label, which were looked at" }),
  leftOut: Type.Integer(),
  suspects: Type.Array(
    Type.Object({
      ...Picture,
      kind: oneOf(SUSPECT_KINDS),
      given: Type.String(),
      doubt: Type.Number({ description: "How much speaks against it, 0 to 1" }),
      suggested: Type.Optional(Type.String()),
      other: Type.Optional(Type.Object(Picture, { description: "The other picture of two that are alike" })),
    }),
  ),
});

const Duplicates = Type.Object({
  total: Type.Integer({ description: "Groups" }),
  duplicates: Type.Integer({ description: "Pictures beside those that are kept" }),
  groups: Type.Array(
    Type.Object({
      kept: Type.Object(Measured),
      count: Type.Integer({ description: `Pictures beside that, of which ${MOST_TOLD} at most are told` }),
      duplicates: Type.Array(Type.Object({ ...Measured, similarity: Type.Number(), band: oneOf(BANDS) })),
    }),
  ),
});

/** What is wrong with a table: doubtful labels, duplicates; and labels for all of it. */
export const curationRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  const curatorOf = (name: string): Curator => {
    const found = service.curators.get(name);
    if (found) return found;
    tableOf(service, name);
    throw new RequestError("TABLE_NOT_FOUND", `The server does not look through the table "${name}".`);
  };
  const tags = ["tables"];
  app.get(
    "/v1/tables/:table/suspects",
    {
      config: { scope: ["read", "classify"] },
      schema: {
        tags,
        operationId: "suspects",
        summary: "Pictures whose given label the model doubts, most doubtful first",
        params: Named,
        querystring: Type.Object({
          least: Type.Optional(
            Type.Number({ exclusiveMinimum: 0.5, maximum: 1, description: "Least doubt. Default: 0.9" }),
          ),
          where: Type.Optional(Where),
          ...page,
        }),
        response: { 200: Suspects },
      },
    },
    async ({ params, query: { limit = 100, offset = 0, ...query }, caller }) => {
      const curator = curatorOf(params.table);
      return aboutTable(tableOf(service, params.table), () =>
        curator.suspects({ ...query, limit, offset }, caller.signal),
      ) as never;
    },
  );
  app.get(
    "/v1/tables/:table/duplicates",
    {
      config: { scope: ["read", "classify"] },
      schema: {
        tags,
        operationId: "duplicates",
        summary: "Groups of pictures that are alike, most alike first",
        params: Named,
        querystring: Type.Object({
          band: Type.Optional(oneOf(BANDS)),
          where: Type.Optional(Where),
          ...page,
        }),
        response: { 200: Duplicates },
      },
    },
    async ({ params, query: { band = "near", limit = 100, offset = 0, where }, caller }) => {
      const curator = curatorOf(params.table);
      return aboutTable(tableOf(service, params.table), () =>
        curator.duplicates({ band, where, limit, offset }, caller.signal),
      ) as never;
    },
  );
  app.post(
    "/v1/tables/:table/not-duplicates",
    {
      config: { scope: "write" },
      schema: {
        tags,
        operationId: "notDuplicates",
        summary: "Remember that pictures are no duplicates of each other",
        params: Named,
        body: Type.Object(
          { ids: Type.Array(ImageId, { minItems: 2, maxItems: MOST_TOLD + 1 }) },
          { additionalProperties: false },
        ),
        response: { 204: Type.Null() },
      },
    },
    async ({ params, body, caller }, reply) => {
      await curatorOf(params.table).keepApart(body.ids, caller.signal);
      return reply.code(204).send(null);
    },
  );
  app.post(
    "/v1/tables/:table/labelling",
    {
      config: { scope: ["write", "classify"] },
      schema: {
        tags,
        operationId: "labelTable",
        summary: "Give all pictures of a table labels, and keep these with it under a name",
        params: Named,
        body: Type.Object(
          { labels: Labels, templates: Type.Optional(Templates), save: LabelSetName },
          { additionalProperties: false },
        ),
        response: {
          200: Type.Object({
            labelSet: Type.String({ description: "As pictures are marked with it, such as animals@2" }),
            labelled: Type.Integer(),
            unchanged: Type.Integer(),
          }),
        },
      },
    },
    async ({ params, body, caller }) => {
      const curator = curatorOf(params.table);
      const content = requestLabels(body.labels as never, body.templates, service.limits);
      return aboutTable(tableOf(service, params.table), () =>
        curator.label({ ...content, save: body.save }, caller.signal),
      );
    },
  );
};
