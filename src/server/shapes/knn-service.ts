import { basename } from "node:path";
import type { FastifyRequest } from "fastify";
import { type Static, type TSchema, Type } from "typebox";
import type { Encoder } from "../../encoder/encoder.js";
import { tryParseJson } from "../../files/json.js";
import { nearestInTable } from "../../images/search/table-search.js";
import type { StoredImage } from "../../images/table/stored-image.js";
import { sevenDigits } from "../../math/digits.js";
import { normalise } from "../../math/vector.js";
import { tellErrors } from "../problems/error-shape.js";
import type { Problem } from "../problems/problem.js";
import { requestInvalid } from "../problems/request-error.js";
import type { RoutePlugin } from "../routes/route-plugin.js";
import { modelOf } from "../service.js";
import { modelOfTable, tableOf } from "../tables/served-table.js";
import { embedInputs } from "./embed-inputs.js";

const nullable = <T extends TSchema>(schema: T) => Type.Optional(Type.Union([schema, Type.Null()]));

/** What ClipClient sends. Its choices of safety, violence and beauty need models that are not here, and are passed over. */
const KnnRequest = Type.Object({
  text: nullable(Type.String()),
  image: nullable(Type.String({ description: "Base64" })),
  image_url: nullable(Type.String()),
  embedding_input: nullable(Type.Array(Type.Number())),
  modality: Type.Optional(Type.Literal("image", { description: "A table holds pictures" })),
  indice_name: Type.Optional(Type.String({ description: "The name of a table" })),
  num_images: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 40 })),
  deduplicate: Type.Optional(Type.Boolean({ description: "Give a picture once that several files hold" })),
});
type KnnRequest = Static<typeof KnnRequest>;

const KnnResults = Type.Array(
  Type.Object({
    id: Type.String(),
    url: Type.String(),
    caption: Type.String(),
    similarity: Type.Number(),
  }),
);

const KnnError = Type.Object({ message: Type.String() });
const knnError = ({ detail }: Problem) => ({ message: detail });

/** `/knn-service` of clip-retrieval, over the tables of the server. */
export const knnServiceRoutes: RoutePlugin = async (app) => {
  tellErrors(app, knnError);
  // ClipClient says nothing of what it sends.
  app.addContentTypeParser("*", { parseAs: "string" }, async (_request: unknown, body: string) =>
    tryParseJson(body),
  );
  app.post(
    "/knn-service",
    {
      config: { scope: ["read", "classify"] },
      schema: {
        operationId: "knnService",
        tags: ["shapes of others"],
        summary: "Pictures of a table near to words, a picture or an embedding, for clip-retrieval's client",
        body: KnnRequest,
        response: { 200: KnnResults, default: KnnError },
      },
    },
    async (request) => {
      const { indice_name, num_images: limit = 40, deduplicate = true } = request.body;
      const { service } = app;
      const [only = ""] = service.tables.keys();
      const name = indice_name ?? only;
      const table = tableOf(service, name);
      const model = modelOf(service, await modelOfTable(service, table)).encoderFor(request.caller);
      const query = await queryVector(request.body, model, request);
      const { near } = await nearestInTable(table, query, { k: deduplicate ? 2 * limit : limit });
      const kept = deduplicate ? [...new Map(near.map((each) => [each.image.id, each])).values()] : near;
      return kept.slice(0, limit).map(({ image, similarity }) => ({
        id: image.id,
        url: urlOf(image, name, request),
        caption: captionOf(image),
        similarity: sevenDigits(similarity),
      }));
    },
  );
  app.get(
    "/indices-list",
    {
      config: { scope: "read" },
      schema: { tags: ["shapes of others"], summary: "The tables, for clip-retrieval" },
    },
    async () => [...app.service.tables.keys()],
  );
};

/** Words are embedded as they are. @throws RequestError for none of the ways to ask, or several */
async function queryVector(
  { text, image, image_url, embedding_input: embedding }: KnnRequest,
  model: Encoder,
  request: FastifyRequest,
): Promise<Float32Array> {
  const given = [text, image ?? image_url, embedding].filter(
    (value) => value !== undefined && value !== null,
  );
  if (given.length !== 1) {
    throw requestInvalid(`Expected one of text, image and embedding_input, got ${given.length} of them.`);
  }
  if (embedding) return normalise(Float32Array.from(embedding));
  const input = typeof text === "string" ? { text } : { image: (image ?? image_url)! };
  const [found] = await embedInputs(model, [input], request);
  return found!.embedding;
}

function captionOf({ path, columns }: StoredImage): string {
  return typeof columns.caption === "string" ? columns.caption : basename(path);
}

/** Where the picture is: at its own address, or on this server. */
function urlOf({ path, id }: StoredImage, table: string, { protocol, host }: FastifyRequest): string {
  if (/^https?:/i.test(path)) return path;
  return `${protocol}://${host}/v1/tables/${encodeURIComponent(table)}/images/${id}/content`;
}
