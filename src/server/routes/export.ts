import { Type } from "typebox";
import type { ImageTable } from "../../images/table/image-table.js";
import { sqlIn } from "../../store/filter.js";
import { ImageId } from "../schemas/images-of-table.js";
import { aboutTable, shownImage, tableOf } from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

type Shown = ReturnType<typeof shownImage>;

/** The forms of a list of pictures, with how each picture is written. */
const FORMS = {
  jsonl: { type: "application/x-ndjson", head: () => "", line: (image: Shown) => JSON.stringify(image) },
  csv: {
    type: "text/csv",
    head: (own: readonly string[]) => `${[...COLUMNS, ...own].map(csvCell).join(",")}\n`,
    line: (image: Shown, own: readonly string[]) =>
      [...COLUMNS.map((name) => image[name]), ...own.map((name) => image.columns[name])]
        .map(csvCell)
        .join(","),
  },
} as const;

const COLUMNS = [
  ...(["id", "name", "givenLabel", "label", "score", "labelSet", "width", "height", "bytes"] as const),
  ...(["modified", "taken", "camera", "latitude", "longitude"] as const),
];

/** Pictures that are read at a time, so that other requests are answered in between. */
const AT_ONCE = 500;

/** `POST /v1/tables/{table}/export`: what is known of some pictures, as a file. */
export const exportRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.post(
    "/v1/tables/:table/export",
    {
      config: { scope: "read" },
      schema: {
        tags: ["tables"],
        operationId: "exportImages",
        summary: "What is known of some pictures, in their order, as a file to keep",
        params: Type.Object({ table: Type.String({ maxLength: 200 }) }),
        body: Type.Object(
          {
            ids: Type.Array(ImageId, { maxItems: 10_000 }),
            format: Type.Union([Type.Literal("csv"), Type.Literal("jsonl")]),
          },
          { additionalProperties: false },
        ),
        response: {
          200: {
            description: "A line a picture",
            content: Object.fromEntries(
              Object.values(FORMS).map(({ type }) => [type, { schema: Type.String() }]),
            ),
          },
        },
      },
    },
    async ({ params, body: { ids, format } }, reply) => {
      const table = tableOf(service, params.table);
      const { type, head, line } = FORMS[format];
      const own = Object.keys((await table.refresh()).columns);
      const parts = [head(own)];
      for (let at = 0; at < ids.length; at += AT_ONCE) {
        const images = await aboutTable(table, () => imagesById(table, ids.slice(at, at + AT_ONCE)));
        parts.push(...images.map((image) => `${line(image, own)}\n`));
      }
      return reply.type(`${type}; charset=utf-8`).send(parts.join(""));
    },
  );
};

async function imagesById(table: ImageTable, ids: readonly string[]): Promise<Shown[]> {
  const found = new Map<string, Shown>();
  for await (const image of table.images({ where: sqlIn("id", [...new Set(ids)]) })) {
    found.set(image.id, shownImage(image));
  }
  return ids.flatMap((id) => found.get(id) ?? []);
}

/** RFC 4180. What a spreadsheet would take for a formula gets a quote before it. */
function csvCell(value: unknown): string {
  const text =
    value === null || value === undefined
      ? ""
      : typeof value === "object"
        ? JSON.stringify(value)
        : String(value);
  const plain = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
