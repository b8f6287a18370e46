import { Type } from "typebox";
import { labelCounts } from "../../images/label/label-counts.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { ImageId, TableImage, Where } from "../schemas/images-of-table.js";
import { aboutTable, shownImage, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const Table = Type.Object({
  name: Type.String(),
  count: Type.Integer({ description: "Pictures" }),
  model: Type.String({ description: "What they were embedded with" }),
  dimension: Type.Integer(),
  failures: Type.Integer({ description: "Pictures that could not be embedded" }),
  columns: Type.Record(Type.String(), Type.String(), { description: "Users' own, with their types" }),
});

const Counts = Type.Array(Type.Object({ label: Type.String(), count: Type.Integer() }));

/** Lists, so that the most frequent stay first whatever they are called. */
const LabelCounts = Type.Object({
  pictures: Type.Integer(),
  unknown: Type.Integer({ description: "Pictures that show none of the labels of their set" }),
  unlabelled: Type.Integer(),
  counts: Counts,
  parents: Counts,
  labelSets: Counts,
});

const Named = Type.Object({ table: Type.String({ maxLength: 200 }) });
const Picture = Type.Object({ table: Type.String({ maxLength: 200 }), id: ImageId });
const config = { scope: "read" } as const;
const tags = ["tables"];
/** Contents are named by their hash, so that they never change. */
const FOREVER = "private, max-age=31536000, immutable";
const binary = (type: string) => ({
  200: {
    description: "The picture",
    content: { [type]: { schema: Type.Unsafe({ type: "string", format: "binary" }) } },
  },
});

/** `/v1/tables`: tables of pictures, and their pictures by id. */
export const tableRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.get(
    "/v1/tables",
    {
      config,
      schema: {
        tags,
        operationId: "listTables",
        summary: "All tables",
        response: { 200: Type.Object({ data: Type.Array(Table) }) },
      },
    },
    async () => ({
      data: await Promise.all([...service.tables].map(([name, table]) => entryOf(name, table))),
    }),
  );
  app.get(
    "/v1/tables/:table",
    {
      config,
      schema: {
        tags,
        operationId: "getTable",
        summary: "One table",
        params: Named,
        response: { 200: Table },
      },
    },
    async ({ params }) => entryOf(params.table, tableOf(service, params.table)),
  );
  app.get(
    "/v1/tables/:table/images",
    {
      config,
      schema: {
        tags,
        operationId: "listImages",
        summary: "Pictures of a table, in no particular order",
        params: Named,
        querystring: Type.Object({
          where: Type.Optional(Where),
          limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default: 100" })),
          offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1e9 })),
        }),
        response: { 200: Type.Object({ data: Type.Array(TableImage) }) },
      },
    },
    async ({ params, query }) => {
      const table = tableOf(service, params.table);
      const { where, limit = 100, offset = 0 } = query;
      return aboutTable(table, async () => {
        const data: ReturnType<typeof shownImage>[] = [];
        for await (const image of table.images({ where, limit, offset })) data.push(shownImage(image));
        return { data } as never;
      });
    },
  );
  app.get(
    "/v1/tables/:table/label-counts",
    {
      config,
      schema: {
        tags,
        operationId: "labelCounts",
        summary: "How many pictures have each label that was saved",
        params: Named,
        querystring: Type.Object({ where: Type.Optional(Where) }),
        response: { 200: LabelCounts },
      },
    },
    async ({ params, query }) => {
      const table = tableOf(service, params.table);
      const { counts, parents, labelSets, ...pictures } = await aboutTable(table, () =>
        labelCounts(table, { where: query.where }),
      );
      return {
        ...pictures,
        counts: listOf(counts),
        parents: listOf(parents),
        labelSets: listOf(labelSets),
      };
    },
  );
  app.get(
    "/v1/tables/:table/images/:id/content",
    {
      config,
      schema: {
        tags,
        operationId: "imageContent",
        summary: "A picture as it was embedded",
        params: Picture,
        response: binary("application/octet-stream"),
      },
    },
    async (request, reply) => {
      const { params, caller } = request;
      const bytes = await service.pictures.contents(tableOf(service, params.table), params.id, caller);
      return reply
        .type("application/octet-stream")
        .header("cache-control", FOREVER)
        .header("content-disposition", "attachment")
        .send(bytes);
    },
  );
  app.get(
    "/v1/tables/:table/images/:id/thumbnail",
    {
      config,
      schema: {
        tags,
        operationId: "imageThumbnail",
        summary: "A small JPEG of a picture",
        params: Picture,
        querystring: Type.Object({
          side: Type.Optional(
            Type.Integer({ minimum: 16, maximum: 1024, description: "Longest side in pixels. Default: 256" }),
          ),
        }),
        response: binary("image/jpeg"),
      },
    },
    async ({ params, query, caller }, reply) => {
      const table = tableOf(service, params.table);
      const small = await service.pictures.thumbnail(table, params.id, query.side ?? 256, caller);
      return reply.type("image/jpeg").header("cache-control", FOREVER).send(small);
    },
  );
};

async function entryOf(name: string, table: ImageTable) {
  const { count, model, dimension, columns } = await table.refresh();
  const failures = await table.failed.count();
  const types = Object.entries(columns).map(([column, { type }]) => [column, String(type)]);
  return { name, count, model, dimension, failures, columns: Object.fromEntries(types) };
}

function listOf(counts: ReadonlyMap<string, number>) {
  return [...counts].map(([label, count]) => ({ label, count }));
}
