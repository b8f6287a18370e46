import type { LabelInput } from "./labels.js";
import type { CallOptions, Transport } from "./transport.js";

/** A labelled data set that the server evaluates on. */
export interface EvaluationDataset {
  readonly name: string;
  /** For people: `Parquet`, `folder of classes`, ... */
  readonly format?: string;
  /** What of it can be chosen, where it is cut into some. */
  readonly splits: readonly string[];
  /** Pictures and labels, where the server knows without reading it. */
  readonly size?: number;
  readonly labels?: number;
}

/** One column of a comparison. Without labels it has those of the data set. */
export interface EvaluationRunRequest {
  /** Default: the server's first. */
  readonly model?: string | undefined;
  readonly labels?: readonly LabelInput[] | undefined;
  readonly labelSet?: string | undefined;
  readonly templates?: readonly string[] | undefined;
  /** The arithmetic of the tutorial that this grew from, in place of ours. */
  readonly original?: boolean | undefined;
}

export interface EvaluationRequest {
  readonly dataset: string;
  readonly split?: string | undefined;
  /** So many pictures, drawn with the seed. Default: all. */
  readonly sample?: number | undefined;
  /** Default: 0. */
  readonly seed?: number | undefined;
  /** What pictures are whose label is not in every label set. Default: `refuse`. */
  readonly otherLabels?: "refuse" | "ignore" | "detect" | undefined;
  /** 1 to 8; the others are compared with the first. */
  readonly runs: readonly EvaluationRunRequest[];
}

/** How far an evaluation is, or what came of it. */
export interface EvaluationEntry {
  readonly id: string;
  /** ISO 8601. */
  readonly created: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly request: EvaluationRequest;
  readonly dataset: string;
  /** While it runs: pictures embedded so far, of how many, and seconds since it began. */
  readonly progress?: { readonly done: number; readonly total?: number; readonly seconds: number };
  /** Pictures that count, once it is done. */
  readonly pictures?: number;
  readonly runs?: readonly {
    readonly name: string;
    readonly model: string;
    /** Share of right first predictions, with its 95 % interval. */
    readonly accuracy: { readonly value: number; readonly low: number; readonly high: number };
  }[];
  readonly error?: { readonly code: string; readonly message: string };
}

export interface EvaluationReport {
  /** As `docs/evaluation.md` describes it. */
  readonly evaluation: Readonly<Record<string, unknown>>;
  /** Data URIs of small pictures, by their ids as JSON text. */
  readonly thumbnails: Readonly<Record<string, string>>;
}

/** Pictures of one label that a run gave another, or the same. */
export interface EvaluationCell {
  /** Position of the run, from 0. */
  readonly run: number;
  readonly label: string;
  readonly predicted: string;
}

export interface EvaluationPictures {
  /** In the cell. */
  readonly count: number;
  /** Those that the run was surest of, 60 at most. */
  readonly pictures: readonly {
    readonly id: string | number;
    readonly score: number;
    /** Data URI; none where the picture cannot be read any more. */
    readonly thumbnail?: string;
  }[];
}

export interface EvaluationListOptions extends CallOptions {
  /** Default: 100. */
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** Evaluations on the server's labelled data sets. They run one after another, and are kept until they are removed. */
export interface EvaluationClient {
  datasets(options?: CallOptions): Promise<readonly EvaluationDataset[]>;
  /** Newest first. */
  list(options?: EvaluationListOptions): Promise<readonly EvaluationEntry[]>;
  start(request: EvaluationRequest, options?: CallOptions): Promise<EvaluationEntry>;
  get(id: string, options?: CallOptions): Promise<EvaluationEntry>;
  /** Of one that is done. */
  report(id: string, options?: CallOptions): Promise<EvaluationReport>;
  pictures(id: string, cell: EvaluationCell, options?: CallOptions): Promise<EvaluationPictures>;
  /** Stops it, if it runs, and forgets it. */
  remove(id: string, options?: CallOptions): Promise<void>;
}

export function evaluationClient(transport: Transport): EvaluationClient {
  const pathOf = (id: string) => `/v1/evaluations/${encodeURIComponent(id)}`;
  return {
    async datasets({ signal } = {}) {
      return (await transport.json<{ data: EvaluationDataset[] }>("/v1/datasets", { signal })).data;
    },
    async list({ limit, offset, signal } = {}) {
      const query = { limit, offset };
      return (await transport.json<{ data: EvaluationEntry[] }>("/v1/evaluations", { query, signal })).data;
    },
    async start(request, { signal } = {}) {
      return transport.json("/v1/evaluations", { method: "POST", body: request, signal });
    },
    async get(id, { signal } = {}) {
      return transport.json(pathOf(id), { signal });
    },
    async report(id, { signal } = {}) {
      return transport.json(`${pathOf(id)}/report`, { signal });
    },
    async pictures(id, { run, label, predicted }, { signal } = {}) {
      return transport.json(`${pathOf(id)}/pictures`, { query: { run, label, predicted }, signal });
    },
    async remove(id, { signal } = {}) {
      await transport.send(pathOf(id), { method: "DELETE", signal });
    },
  };
}
