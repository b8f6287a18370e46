import { expect, it } from "vitest";
import type {
  ClassifyOptions,
  EvaluationDataset,
  EvaluationEntry,
  EvaluationPictures,
  EvaluationRequest,
  EvaluationRunRequest,
  ExplainOptions,
  Job,
  JobProgress,
  Label,
  LabelCounts,
  LabelSet,
  LabelSetContent,
  LabelSetEntry,
  PictureResult,
  Prediction,
  Ranking,
  RankOptions,
  Reject,
  SearchOptions,
  SearchResult,
  SearchResults,
  Table,
  TableImage,
} from "../../src/client/index.js";
import { createClient } from "../../src/client/index.js";
import { serverWith } from "./harness.js";

const app = await serverWith();
const document = (await app.inject("/openapi.json")).json<OpenApi>();
const client = createClient("http://127.0.0.1");

interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

interface Operation {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly requestBody: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

interface Schema {
  readonly properties: Readonly<Record<string, Schema>>;
  readonly items: Schema;
  readonly anyOf?: readonly Schema[];
}

/** The fields of a type, which the compiler holds to be all. */
const fieldsOf = <T>(fields: { readonly [K in keyof Required<T>]: true }) => Object.keys(fields).sort();

const TABLE_IMAGE = {
  id: true,
  name: true,
  width: true,
  height: true,
  bytes: true,
  modified: true,
  taken: true,
  camera: true,
  latitude: true,
  longitude: true,
  givenLabel: true,
  label: true,
  score: true,
  labelSet: true,
  labels: true,
  columns: true,
} as const;

const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));
const operation = (id: string) => operations.find(({ operationId }) => operationId === id)!;
const requestOf = (id: string) => operation(id).requestBody.content["application/json"]!.schema;
const answerOf = (id: string) => operation(id).responses["200"]!.content["application/json"]!.schema;
const fieldsIn = (schema: Schema) => Object.keys(schema.properties).sort();
/** Of a schema that may be one of several, the one with fields. */
const objectIn = ({ anyOf = [], ...schema }: Schema) =>
  [schema as Schema, ...anyOf].find(({ properties }) => properties)!;

it("has a method for each operation that is nearlabel's own", () => {
  const methods: Readonly<Record<string, unknown>> = {
    classify: client.classify,
    embed: client.embedTexts,
    listModels: client.models,
    listLabelSets: client.labelSets.list,
    getLabelSet: client.labelSets.get,
    labelSetVersions: client.labelSets.versions,
    putLabelSet: client.labelSets.put,
    deleteLabelSet: client.labelSets.delete,
    explain: client.explain,
    search: client.search,
    tableIds: client.tables.ids,
    rankTable: client.tables.rank,
    listTables: client.tables.list,
    getTable: client.tables.get,
    listImages: client.tables.images,
    labelCounts: client.tables.labelCounts,
    imageContent: client.tables.image,
    imageThumbnail: client.tables.thumbnail,
    giveLabels: client.tables.giveLabels,
    suspects: client.tables.suspects,
    duplicates: client.tables.duplicates,
    notDuplicates: client.tables.notDuplicates,
    labelTable: client.tables.label,
    exportImages: client.tables.export,
    listDatasets: client.evaluations.datasets,
    listEvaluations: client.evaluations.list,
    startEvaluation: client.evaluations.start,
    getEvaluation: client.evaluations.get,
    evaluationReport: client.evaluations.report,
    evaluationPictures: client.evaluations.pictures,
    removeEvaluation: client.evaluations.remove,
    listJobs: client.jobs.list,
    getJob: client.jobs.get,
  };
  const others = new Set(["shapes of others", "health"]);
  const own = operations.filter(({ tags = [] }) => !tags.some((tag) => others.has(tag)));
  expect(Object.keys(methods).sort()).toEqual(own.map(({ operationId }) => operationId).sort());
});

it("sends the fields that the server takes", () => {
  expect(fieldsIn(requestOf("classify")).filter((name) => name !== "images")).toEqual(
    fieldsOf<Omit<ClassifyOptions, "signal">>({
      model: true,
      labels: true,
      labelSet: true,
      templates: true,
      topK: true,
      minScore: true,
      minSimilarity: true,
      multiLabel: true,
      temperature: true,
      reject: true,
      search: true,
    }),
  );
  const { properties } = requestOf("classify");
  expect(fieldsIn(objectIn(properties.labels!.items))).toEqual(
    fieldsOf<Label>({ label: true, className: true, prompts: true, parent: true }),
  );
  expect(fieldsIn(objectIn(properties.reject!))).toEqual(
    fieldsOf<Reject>({ method: true, threshold: true, negatives: true }),
  );
  expect(fieldsIn(requestOf("search"))).toEqual(
    fieldsOf<Omit<SearchOptions, "signal"> & { query: unknown }>({
      table: true,
      query: true,
      where: true,
      label: true,
      limit: true,
      offset: true,
      version: true,
      all: true,
      minSimilarity: true,
      templates: true,
      exact: true,
    }),
  );
  expect(fieldsIn(requestOf("rankTable"))).toEqual(
    fieldsOf<Omit<RankOptions, "signal">>({
      labels: true,
      labelSet: true,
      templates: true,
      about: true,
      learn: true,
      pictures: true,
    }),
  );
  expect(fieldsIn(requestOf("explain")).filter((name) => name !== "images")).toEqual(
    fieldsOf<Omit<ExplainOptions, "signal">>({ model: true, labels: true, labelSet: true, templates: true }),
  );
  expect(fieldsIn(requestOf("startEvaluation"))).toEqual(
    fieldsOf<EvaluationRequest>({
      dataset: true,
      split: true,
      sample: true,
      seed: true,
      otherLabels: true,
      runs: true,
    }),
  );
  expect(fieldsIn(requestOf("startEvaluation").properties.runs!.items)).toEqual(
    fieldsOf<EvaluationRunRequest>({
      model: true,
      labels: true,
      labelSet: true,
      templates: true,
      original: true,
    }),
  );
  expect(fieldsIn(requestOf("putLabelSet"))).toEqual(
    fieldsOf<LabelSetContent>({ labels: true, templates: true }),
  );
});

it("knows the fields that the server answers with", () => {
  const result = answerOf("classify").properties.results!.items;
  expect(fieldsIn(result)).toEqual(
    fieldsOf<PictureResult>({
      index: true,
      id: true,
      calibrated: true,
      unknown: true,
      predictions: true,
      error: true,
    }),
  );
  expect(fieldsIn(result.properties.predictions!.items)).toEqual(
    fieldsOf<Prediction>({
      label: true,
      score: true,
      similarity: true,
      distance: true,
      logit: true,
      rank: true,
    }),
  );
  expect(fieldsIn(answerOf("getLabelSet"))).toEqual(
    fieldsOf<LabelSet>({ name: true, version: true, created: true, labels: true, templates: true }),
  );
  const search = answerOf("search");
  expect(fieldsIn(search)).toEqual(
    fieldsOf<SearchResults>({
      table: true,
      version: true,
      more: true,
      relevance: true,
      nearest: true,
      results: true,
    }),
  );
  expect(fieldsIn(search.properties.relevance!)).toEqual(
    fieldsOf<NonNullable<SearchResults["relevance"]>>({
      best: true,
      present: true,
      least: true,
      absent: true,
    }),
  );
  expect(fieldsIn(search.properties.results!.items)).toEqual(
    fieldsOf<SearchResult>({ rank: true, similarity: true, relevance: true, image: true }),
  );
  expect(fieldsIn(answerOf("getEvaluation"))).toEqual(
    fieldsOf<EvaluationEntry>({
      id: true,
      created: true,
      state: true,
      request: true,
      dataset: true,
      progress: true,
      pictures: true,
      runs: true,
      error: true,
    }),
  );
  expect(fieldsIn(answerOf("listDatasets").properties.data!.items)).toEqual(
    fieldsOf<EvaluationDataset>({ name: true, format: true, splits: true, size: true, labels: true }),
  );
  expect(fieldsIn(answerOf("evaluationPictures"))).toEqual(
    fieldsOf<EvaluationPictures>({ count: true, pictures: true }),
  );
  const job = { name: true, plan: true, task: true, model: true, shards: true, pictures: true } as const;
  expect(fieldsIn(answerOf("listJobs").properties.data!.items)).toEqual(fieldsOf<Job>(job));
  expect(fieldsIn(answerOf("getJob"))).toEqual(
    fieldsOf<JobProgress>({
      ...job,
      done: true,
      embedded: true,
      failed: true,
      failures: true,
      setAside: true,
      firstSetAside: true,
      latest: true,
      rate: true,
      secondsLeft: true,
    }),
  );
  expect(fieldsIn(answerOf("rankTable"))).toEqual(
    fieldsOf<Ranking>({
      version: true,
      labels: true,
      best: true,
      scores: true,
      similarities: true,
      given: true,
      learned: true,
      pictures: true,
    }),
  );
  expect(fieldsIn(answerOf("getTable"))).toEqual(
    fieldsOf<Table>({ name: true, count: true, model: true, dimension: true, failures: true, columns: true }),
  );
  expect(fieldsIn(answerOf("listImages").properties.data!.items)).toEqual(fieldsOf<TableImage>(TABLE_IMAGE));
  expect(fieldsIn(answerOf("labelCounts"))).toEqual(
    fieldsOf<LabelCounts>({
      pictures: true,
      unknown: true,
      unlabelled: true,
      counts: true,
      parents: true,
      labelSets: true,
    }),
  );
  expect(fieldsIn(answerOf("listLabelSets").properties.data!.items)).toEqual(
    fieldsOf<LabelSetEntry>({ name: true, version: true, created: true, labels: true, deleted: true }),
  );
});
