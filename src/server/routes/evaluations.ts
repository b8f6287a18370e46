import { Type } from "typebox";
import { DEFAULT_TEMPLATES } from "../../labels/prompts/templates.js";
import { namedLabels } from "../classify/request-classes.js";
import { requestLabels } from "../classify/request-labels.js";
import type { Evaluations, WantedRun } from "../evaluations/evaluations.js";
import { RequestError, requestInvalid } from "../problems/request-error.js";
import {
  Cell,
  CellPictures,
  Entries,
  Entry,
  EvaluationBody,
  type EvaluationRequest,
  Listed,
  Params,
  ServedDatasets,
} from "../schemas/evaluations.js";
import { modelOf, type Service } from "../service.js";
import type { RoutePlugin } from "./route-plugin.js";

const base = { tags: ["evaluations"] };
const read = { scope: "read" } as const;
const write = { scope: "write" } as const;
/** Pictures are embedded for it. */
const start = { scope: ["write", "classify"] } as const;

/** `/v1/datasets` and `/v1/evaluations`: how well labels, templates and models name the pictures of labelled data sets. */
export const evaluationRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.get(
    "/v1/datasets",
    {
      config: read,
      schema: {
        ...base,
        operationId: "listDatasets",
        summary: "The labelled data sets that the server evaluates on",
        response: { 200: ServedDatasets },
      },
    },
    async () => ({
      data: [...(service.evaluations?.datasets.values() ?? [])].map(({ path: _, splits, ...shown }) => ({
        ...shown,
        splits: [...splits],
      })),
    }),
  );
  app.get(
    "/v1/evaluations",
    {
      config: read,
      schema: {
        ...base,
        operationId: "listEvaluations",
        summary: "Evaluations that wait, run, or have ended, newest first",
        querystring: Listed,
        response: { 200: Entries },
      },
    },
    async ({ query: { limit = 100, offset = 0 } }) => ({
      data: [...(service.evaluations?.list({ limit, offset }) ?? [])] as never,
    }),
  );
  app.post(
    "/v1/evaluations",
    {
      // It is kept, and told whenever evaluations are listed. More labels than that are better kept as a set.
      bodyLimit: 2 ** 20,
      config: start,
      schema: {
        ...base,
        operationId: "startEvaluation",
        summary: "Starts an evaluation, which runs after those that wait",
        body: EvaluationBody,
        response: { 202: Entry },
      },
    },
    async ({ body }, reply) => {
      const { split, sample, seed = 0, otherLabels = "refuse" } = body;
      const runs: WantedRun[] = [];
      for (const run of body.runs) runs.push(await wantedRun(run, service));
      const wanted = { dataset: body.dataset, split, sample, seed, otherLabels, runs };
      return reply.code(202).send(evaluationsOf(service, body.dataset).start(wanted, body) as never);
    },
  );
  await resultRoutes(app);
};

/** What there is of one evaluation. */
const resultRoutes: RoutePlugin = async (app) => {
  const { service } = app;
  app.get(
    "/v1/evaluations/:id",
    {
      config: read,
      schema: {
        ...base,
        operationId: "getEvaluation",
        summary: "How far an evaluation is, or what came of it",
        params: Params,
        response: { 200: Entry },
      },
    },
    async ({ params }) => evaluationsOf(service).get(params.id) as never,
  );
  app.get(
    "/v1/evaluations/:id/report",
    {
      config: read,
      schema: {
        ...base,
        operationId: "evaluationReport",
        summary:
          "All figures of an evaluation that is done, as docs/evaluation.md describes them, and small pictures",
        params: Params,
        response: { 200: Type.Unsafe({ type: "object", additionalProperties: true }) },
      },
    },
    async ({ params }, reply) => {
      const json = await evaluationsOf(service).report(params.id);
      return reply.type("application/json; charset=utf-8").send(json as never);
    },
  );
  app.get(
    "/v1/evaluations/:id/pictures",
    {
      config: read,
      schema: {
        ...base,
        operationId: "evaluationPictures",
        summary: "Pictures of one label that a run gave another: a cell of its confusion matrix",
        params: Params,
        querystring: Cell,
        response: { 200: CellPictures },
      },
    },
    async ({ params, query, caller }) =>
      (await evaluationsOf(service).cell(params.id, query, caller.signal)) as never,
  );
  app.delete(
    "/v1/evaluations/:id",
    {
      config: write,
      schema: {
        ...base,
        operationId: "removeEvaluation",
        summary: "Stops an evaluation, if it runs, and forgets it",
        params: Params,
        response: { 204: Type.Null() },
      },
    },
    async ({ params }, reply) => {
      await evaluationsOf(service).remove(params.id);
      return reply.code(204).send(null);
    },
  );
};

/** @throws RequestError DATASET_NOT_FOUND, EVALUATION_NOT_FOUND */
function evaluationsOf({ evaluations }: Service, dataset?: string): Evaluations {
  if (evaluations) return evaluations;
  if (dataset === undefined)
    throw new RequestError("EVALUATION_NOT_FOUND", "The server keeps no evaluations.");
  throw new RequestError("DATASET_NOT_FOUND", "The server has no data sets to evaluate on.");
}

/** @throws RequestError */
async function wantedRun(
  { model, labels, labelSet, templates, original = false }: EvaluationRequest["runs"][number],
  service: Service,
): Promise<WantedRun> {
  if (labels && labelSet !== undefined) throw requestInvalid("Expected labels or labelSet, got both.");
  if (original && templates) throw requestInvalid("The tutorial's arithmetic takes no templates.");
  const named = labelSet === undefined ? undefined : await namedLabels(service, labelSet);
  const given = named?.labels ?? labels;
  const wanted = templates ?? named?.templates ?? DEFAULT_TEMPLATES;
  // Without labels of its own a run has those of the data set; its templates are checked all the same.
  const checked = requestLabels(given ?? ["a"], wanted, service.limits);
  return {
    model: modelOf(service, model).id,
    labelsName: labelSet ?? (given ? `${given.length} labels` : "its labels"),
    ...(given && { labels: checked.labels }),
    templates: checked.templates,
    original,
  };
}
