import { Type } from "typebox";
import { namedLabels } from "../classify/request-classes.js";
import { checkLengths, requestLabels } from "../classify/request-labels.js";
import type { LabelSets, LabelSetVersion } from "../label-sets/label-sets.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import { LabelObject, LabelSetName, Labels, Templates } from "../schemas/labels.js";
import type { RoutePlugin } from "./route-plugin.js";

const Entry = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  created: Type.String(),
  labels: Type.Integer({ description: "How many" }),
  deleted: Type.Optional(Type.Literal(true)),
});

const Entries = Type.Object({ data: Type.Array(Entry) });

const Version = Type.Object({
  name: Type.String(),
  version: Type.Integer(),
  created: Type.String(),
  labels: Type.Array(LabelObject),
  templates: Type.Array(Type.String()),
});

const Params = Type.Object({ name: LabelSetName });
const IfMatch = Type.Object({
  "if-match": Type.Optional(
    Type.String({
      pattern: '^"[0-9]{1,9}"$',
      description: 'The version that was read, as "3"; "0" for a set that is to be new',
    }),
  ),
});

const base = { tags: ["label sets"] };
const read = { scope: "read" } as const;
const write = { scope: "write" } as const;

/** `/v1/label-sets`: named label sets with their versions. */
export const labelSetRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  const sets = (): LabelSets => {
    if (service.labelSets) return service.labelSets;
    throw new RequestError("LABEL_SET_NOT_FOUND", "The server keeps no label sets.");
  };
  app.get(
    "/v1/label-sets",
    {
      config: read,
      schema: {
        ...base,
        operationId: "listLabelSets",
        summary: "All label sets",
        response: { 200: Entries },
      },
    },
    async () => ({ data: (await service.labelSets?.list()) ?? [] }),
  );
  app.get(
    "/v1/label-sets/:name",
    {
      config: read,
      schema: {
        ...base,
        operationId: "getLabelSet",
        summary: "A label set as it is, or as it was",
        params: Params,
        querystring: Type.Object({ version: Type.Optional(Type.Integer({ minimum: 1, maximum: 1e9 })) }),
        response: { 200: Version },
      },
    },
    async ({ params, query }, reply) => {
      const { name } = params;
      const found = await namedLabels(service, query.version ? `${name}@${query.version}` : name);
      reply.header("etag", `"${found.version}"`);
      return versionBody(found);
    },
  );
  app.get(
    "/v1/label-sets/:name/versions",
    {
      config: read,
      schema: {
        ...base,
        operationId: "labelSetVersions",
        summary: "Its history",
        params: Params,
        response: { 200: Entries },
      },
    },
    async ({ params }) => ({ data: await sets().versions(params.name) }),
  );
  app.put(
    "/v1/label-sets/:name",
    {
      config: write,
      schema: {
        ...base,
        operationId: "putLabelSet",
        summary: "Makes a label set, or its next version",
        params: Params,
        headers: IfMatch,
        body: Type.Object(
          { labels: Labels, templates: Type.Optional(Templates) },
          { additionalProperties: false },
        ),
        response: { 200: Version },
      },
    },
    async ({ params, body, headers }, reply) => {
      checkLengths([params.name], service.limits);
      const content = requestLabels(body.labels as never, body.templates, service.limits);
      const stored = await sets().put(params.name, content, expectedVersion(headers["if-match"]));
      reply.header("etag", `"${stored.version}"`);
      return versionBody(stored);
    },
  );
  app.delete(
    "/v1/label-sets/:name",
    {
      config: write,
      schema: {
        ...base,
        operationId: "deleteLabelSet",
        summary: "Takes a label set away; its versions stay readable",
        params: Params,
        headers: IfMatch,
        response: { 204: Type.Null() },
      },
    },
    async ({ params, headers }, reply) => {
      await sets().delete(params.name, expectedVersion(headers["if-match"]));
      return reply.code(204).send(null);
    },
  );
};

function expectedVersion(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const [, digits] = /^"(\d{1,9})"$/.exec(header) ?? [];
  if (digits !== undefined) return Number(digits);
  throw requestInvalid('Expected If-Match to be a version in quotes, as "3".');
}

/** What may be told: a version has no other fields. */
function versionBody({ name, version, created, labels, templates }: LabelSetVersion) {
  return {
    name,
    version,
    created,
    labels: labels.map((label) => ({ ...label })) as never,
    templates: [...templates],
  };
}
