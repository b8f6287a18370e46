import { Type } from "typebox";
import { giveLabels } from "../../images/label/given-labels.js";
import { checkLengths } from "../classify/request-labels.js";
import { ImageId } from "../schemas/images-of-table.js";
import { aboutTable, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const GivenLabels = Type.Array(
  Type.Object(
    { id: ImageId, label: Type.Union([Type.String({ minLength: 1 }), Type.Null()]) },
    { additionalProperties: false },
  ),
  { maxItems: 10_000 },
);

/** `PUT /v1/tables/{table}/given-labels`: labels that a person chose for pictures. */
export const givenLabelRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.put(
    "/v1/tables/:table/given-labels",
    {
      config: { scope: "write" },
      schema: {
        tags: ["tables"],
        operationId: "giveLabels",
        summary: "Give pictures the labels that a person chose; null takes one away",
        params: Type.Object({ table: Type.String({ maxLength: 200 }) }),
        body: Type.Object({ labels: GivenLabels }, { additionalProperties: false }),
        response: {
          200: Type.Object({
            before: Type.Array(
              Type.Object({ id: Type.String(), label: Type.Union([Type.String(), Type.Null()]) }),
              { description: "What they had, of those that are there: sent back, it undoes this" },
            ),
          }),
        },
      },
    },
    async ({ params, body: { labels } }) => {
      const table = tableOf(service, params.table);
      checkLengths(
        labels.flatMap(({ label }) => label ?? []),
        service.limits,
      );
      return { before: await aboutTable(table, () => giveLabels(table, labels)) };
    },
  );
};
