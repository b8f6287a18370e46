import { type EmbeddingResult, type EmbedOptions, embeddingsOf } from "./embeddings.js";
import { type EvaluationClient, evaluationClient } from "./evaluations.js";
import type { ExplainOptions, Explanation } from "./explanation.js";
import { type JobClient, jobClient } from "./jobs.js";
import type { LabelSet, LabelSetContent, LabelSetEntry } from "./labels.js";
import { formOf, type PictureInput } from "./pictures.js";
import type { ClassifyOptions, PictureResult } from "./results.js";
import { type SearchOptions, type SearchResults, type SearchTerm, searchBy } from "./search.js";
import { type TableClient, tableClient } from "./tables.js";
import { type CallOptions, createTransport, type Transport, type TransportOptions } from "./transport.js";

/** A model that the server has. */
export interface Model {
  readonly id: string;
  /** Numbers in every embedding. */
  readonly dimension: number;
  /** Logit = scale x cosine + bias; scores are the softmax of all logits, or the sigmoid of each. */
  readonly scoring: {
    readonly logitScale: number;
    readonly logitBias: number;
    readonly scoreFunction: "softmax" | "sigmoid";
  };
}

/** A server of `nearlabel serve`, from anywhere. Every method rejects with `ServerError`. */
export interface Client {
  models(options?: CallOptions): Promise<readonly Model[]>;
  /** One result a picture, in their order. A picture that cannot be read is a result with an `error`. */
  classify(pictures: readonly PictureInput[], options: ClassifyOptions): Promise<readonly PictureResult[]>;
  /** The same, each result as soon as it is there, in any order: `index` says which it is. */
  classifyEach(pictures: readonly PictureInput[], options: ClassifyOptions): AsyncGenerator<PictureResult>;
  /** One result a text, in their order. */
  embedTexts(texts: readonly string[], options?: EmbedOptions): Promise<readonly EmbeddingResult[]>;
  /** One result a picture, in their order. A picture that cannot be read is a result with an `error`. */
  embedPictures(
    pictures: readonly PictureInput[],
    options?: EmbedOptions,
  ): Promise<readonly EmbeddingResult[]>;
  /** How one picture gets its labels, step by step with all values. */
  explain(picture: PictureInput, options: ExplainOptions): Promise<Explanation>;
  /** Pictures of a table that are nearest to words, pictures, or both. Of words, results end where relevance ends. */
  search(query: string | readonly SearchTerm[], options?: SearchOptions): Promise<SearchResults>;
  readonly tables: TableClient;
  readonly labelSets: LabelSetClient;
  readonly evaluations: EvaluationClient;
  readonly jobs: JobClient;
}

/** The label sets that a server keeps, with their versions. */
export interface LabelSetClient {
  list(options?: CallOptions): Promise<readonly LabelSetEntry[]>;
  get(name: string, options?: CallOptions & { readonly version?: number | undefined }): Promise<LabelSet>;
  /** Makes the set, or its next version. */
  put(name: string, content: LabelSetContent, options?: WriteOptions): Promise<LabelSet>;
  /** Its versions stay readable. */
  delete(name: string, options?: WriteOptions): Promise<void>;
  versions(name: string, options?: CallOptions): Promise<readonly LabelSetEntry[]>;
}

export interface WriteOptions extends CallOptions {
  /**
   * The version that was read, 0 for a set that is to be new: where another one is there meanwhile, nothing is written, and the error is
   * `LABEL_SET_CHANGED`. Default: whatever is there is replaced.
   */
  readonly expected?: number | undefined;
}

/** @param server its address, such as `http://127.0.0.1:8080`; a path before the routes may follow */
export function createClient(server: string | URL, options: TransportOptions = {}): Client {
  const transport = createTransport(server, options);
  return {
    async models({ signal } = {}) {
      return (await transport.json<{ data: Model[] }>("/v1/models", { signal })).data;
    },
    async classify(pictures, { signal, ...fields }) {
      const call = { method: "POST", body: formOf(pictures, fields), signal } as const;
      return (await transport.json<{ results: PictureResult[] }>("/v1/classify", call)).results;
    },
    async *classifyEach(pictures, { signal, ...fields }) {
      const headers = { accept: "application/x-ndjson" };
      const call = { method: "POST", headers, body: formOf(pictures, fields), signal } as const;
      yield* transport.lines<PictureResult>("/v1/classify", pictures.length, call);
    },
    async embedTexts(texts, { model, signal } = {}) {
      const call = { method: "POST", body: { model, texts }, signal } as const;
      return embeddingsOf(await transport.json("/v1/embed", call));
    },
    async embedPictures(pictures, { model, signal } = {}) {
      const call = { method: "POST", body: formOf(pictures, { model }), signal } as const;
      return embeddingsOf(await transport.json("/v1/embed", call));
    },
    async explain(picture, { signal, ...fields }) {
      return transport.json("/v1/explain", { method: "POST", body: formOf([picture], fields), signal });
    },
    search: (query, options = {}) => searchBy(transport, query, options),
    tables: tableClient(server, transport),
    labelSets: labelSetClient(transport),
    evaluations: evaluationClient(transport),
    jobs: jobClient(transport),
  };
}

function labelSetClient(transport: Transport): LabelSetClient {
  const pathOf = (name: string) => `/v1/label-sets/${encodeURIComponent(name)}`;
  return {
    async list({ signal } = {}) {
      return (await transport.json<{ data: LabelSetEntry[] }>("/v1/label-sets", { signal })).data;
    },
    async get(name, { version, signal } = {}) {
      return transport.json(pathOf(name), { query: { version }, signal });
    },
    async put(name, { labels, templates }, options = {}) {
      const body = { labels, ...(templates && { templates }) };
      return transport.json(pathOf(name), { method: "PUT", body, ...conditions(options) });
    },
    async delete(name, options = {}) {
      await transport.send(pathOf(name), { method: "DELETE", ...conditions(options) });
    },
    async versions(name, { signal } = {}) {
      return (await transport.json<{ data: LabelSetEntry[] }>(`${pathOf(name)}/versions`, { signal })).data;
    },
  };
}

function conditions({ expected, signal }: WriteOptions) {
  return { signal, ...(expected !== undefined && { headers: { "if-match": `"${expected}"` } }) };
}
