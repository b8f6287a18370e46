import type { FastifyRequest } from "fastify";
import { type Static, Type } from "typebox";
import type { SearchQuery } from "../../images/search/query.js";
import type { RelevanceCut } from "../../images/search/relevance.js";
import { type SearchResult, search } from "../../images/search/search.js";
import { sevenDigits } from "../../math/digits.js";
import { checkLengths } from "../classify/request-labels.js";
import { convertFields } from "../pictures/form-fields.js";
import { expectPicture } from "../pictures/picture.js";
import { readPictures } from "../pictures/read-picture.js";
import { readForm } from "../pictures/receive.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { ImageId, TableImage, Where } from "../schemas/images-of-table.js";
import {
  aboutTable,
  expectVersion,
  modelOfTable,
  shownImage,
  tableOf,
  vectorOf,
} from "../tables/served-table.js";
import type { RoutePlugin } from "./route-plugin.js";

const weight = Type.Optional(
  Type.Number({ description: "Against the other terms, below 0 for minus. Default: 1" }),
);
const strict = { additionalProperties: false };

const Term = Type.Union([
  Type.String(),
  Type.Object({ text: Type.String(), weight }, strict),
  Type.Object(
    { image: Type.String({ description: "A picture in base64, or a data URL of it" }), weight },
    strict,
  ),
  Type.Object({ id: ImageId, weight }, { ...strict, description: "A picture of the table" }),
]);

const SearchBody = Type.Object(
  {
    table: Type.Optional(Type.String({ description: "Of /v1/tables. Default: the first" })),
    query: Type.Optional(
      Type.Union([Type.String(), Type.Array(Term)], {
        description: "Words, pictures, or several of each with weights",
      }),
    ),
    where: Type.Optional(Where),
    label: Type.Optional(Type.String({ description: "Pictures with this label only" })),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: "Default: 20" })),
    offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
    version: Type.Optional(
      Type.Integer({ minimum: 1, description: "Of the table, as an earlier page told it" }),
    ),
    all: Type.Optional(Type.Boolean({ description: "Beyond the end of relevance too" })),
    minSimilarity: Type.Optional(Type.Number({ minimum: -1, maximum: 1 })),
    templates: Type.Optional(Type.Array(Type.String())),
    exact: Type.Optional(Type.Boolean()),
  },
  strict,
);

const Found = Type.Object({
  rank: Type.Integer(),
  similarity: Type.Number(),
  relevance: Type.Optional(Type.Number()),
  image: TableImage,
});

const SearchAnswer = Type.Object({
  table: Type.String(),
  version: Type.Integer(),
  more: Type.Boolean(),
  relevance: Type.Optional(
    Type.Object({
      best: Type.Optional(Type.Number()),
      present: Type.Number(),
      least: Type.Number(),
      absent: Type.Boolean({ description: "Nothing in the table looks like the query" }),
    }),
  ),
  nearest: Type.Optional(
    Type.Array(Found, { description: "The nearest three, where relevance leaves no results" }),
  ),
  results: Type.Array(Found),
});

type Term = Exclude<Static<typeof SearchBody>["query"], undefined>;

/** `POST /v1/search`: pictures of a table by words, by pictures, or both. */
export const searchRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.post(
    "/v1/search",
    {
      config: { scope: ["read", "classify"], takesPictures: true },
      schema: {
        operationId: "search",
        tags: ["tables"],
        summary: "Pictures of a table that are nearest to words, pictures, or both",
        description: "Of a query of words, results end where relevance ends",
        body: SearchBody,
        response: { 200: SearchAnswer },
      },
      preValidation: [readForm, convertFields(SearchBody)],
    },
    async (request) => {
      const { table: name = [...service.tables.keys()][0], query = [], ...options } = request.body;
      const table = tableOf(service, name);
      await expectVersion(table, options.version);
      const terms = await termsOf(query, request, (id) => vectorOf(table, id));
      if (options.templates) checkLengths(options.templates, service.limits);
      const model = request.encoder(await modelOfTable(service, table));
      const { signal } = request.caller;
      const found = await aboutTable(table, () => search(table, terms, { ...options, model, signal }));
      return {
        table: name!,
        version: found.version,
        more: found.more,
        ...(found.relevance && { relevance: toldRelevance(found.relevance) }),
        ...(found.nearest && { nearest: found.nearest.map(toldResult) }),
        results: found.results.map(toldResult),
      } as never;
    },
  );
};

function toldResult({ rank, similarity, relevance, image }: SearchResult) {
  return {
    rank,
    similarity: sevenDigits(similarity),
    ...(relevance !== undefined && { relevance: sevenDigits(relevance) }),
    image: shownImage(image),
  };
}

function toldRelevance({ best, present, least, absent }: RelevanceCut) {
  return {
    ...(best !== undefined && { best: sevenDigits(best) }),
    present: sevenDigits(present),
    least: sevenDigits(least),
    absent,
  };
}

/** Terms of JSON, and pictures of a form as further ones: all of them are the query, so that one that cannot be read is its end. */
async function termsOf(
  query: Term,
  request: FastifyRequest,
  vectorOfId: (id: string) => ReturnType<typeof vectorOf>,
): Promise<SearchQuery> {
  const { limits } = request.server.service;
  const given = typeof query === "string" ? [query] : query;
  const pictures = request.pictures.map(expectPicture);
  if (given.length + pictures.length > limits.pictures) {
    throw new RequestError("REQUEST_TOO_LARGE", `Expected at most ${limits.pictures} terms.`);
  }
  const images = given.flatMap((term, at) =>
    typeof term === "object" && "image" in term ? [{ name: `query ${at}`, source: term.image }] : [],
  );
  const read = (await readPictures(images, request)).map(expectPicture).values();
  const terms = given.map(async (term) => {
    if (typeof term === "string" || "text" in term) {
      checkLengths([typeof term === "string" ? term : term.text], limits);
      return term;
    }
    const { weight } = term;
    if ("id" in term) return { embedding: (await vectorOfId(term.id)).vector, weight };
    return { image: read.next().value!.bytes, weight };
  });
  const all = [...(await Promise.all(terms)), ...pictures.map(({ bytes }) => ({ image: bytes }))];
  if (all.length === 0) throw requestInvalid("Expected words or a picture to look for.");
  return all;
}
