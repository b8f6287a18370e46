import type { ErrorCode } from "../../errors.js";
import type { Label } from "../../labels/set/label.js";

/** A labelled data set that whoever runs the server named. Requests call it by its name; where it lies is told to nobody. */
export interface ServedDataset {
  readonly name: string;
  readonly path: string;
  /** For people: `Parquet`, `folder of classes`, ... */
  readonly format?: string;
  /** What of it can be chosen, where it is cut into some. */
  readonly splits: readonly string[];
  /** Pictures and labels, where they are known without reading it. */
  readonly size?: number;
  readonly labels?: number;
}

/** One column of a comparison, as it is asked for. */
export interface WantedRun {
  /** Of the server. */
  readonly model: string;
  /** What the labels are called where runs differ in them. */
  readonly labelsName: string;
  /** Default: those of the data set. */
  readonly labels?: readonly Label[] | undefined;
  readonly templates: readonly string[];
  /** The tutorial's arithmetic, in place of ours. */
  readonly original: boolean;
}

/** What an evaluation is to be made of. */
export interface WantedEvaluation {
  readonly dataset: string;
  readonly split?: string | undefined;
  /** Pictures, drawn with the seed. Default: all. */
  readonly sample?: number | undefined;
  readonly seed: number;
  readonly otherLabels: "refuse" | "ignore" | "detect";
  readonly runs: readonly WantedRun[];
}

/** How far an evaluation is, or what came of it. */
export interface EvaluationEntry {
  readonly id: string;
  /** When it was asked for: ISO 8601, UTC. */
  readonly created: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  /** As it was sent, to be sent again. */
  readonly request: object;
  readonly dataset: string;
  /** While it runs: pictures embedded so far, of how many, and seconds since it began. */
  readonly progress?: {
    readonly done: number;
    readonly total?: number | undefined;
    readonly seconds: number;
  };
  /** Of an evaluation that is done. */
  readonly pictures?: number;
  readonly runs?: readonly RunSummary[];
  readonly error?: { readonly code: ErrorCode; readonly message: string };
}

export interface RunSummary {
  readonly name: string;
  readonly model: string;
  /** The share of right first predictions, with its 95 % interval. */
  readonly accuracy: { readonly value: number; readonly low: number; readonly high: number };
}

/** Pictures of one label that a run gave another, or the same. */
export interface Cell {
  /** Position of the run. */
  readonly run: number;
  readonly label: string;
  readonly predicted: string;
}

interface CellPicture {
  readonly id: string | number;
  /** Of the prediction. */
  readonly score: number;
  /** Data URI of a JPEG; none where the picture cannot be read any more. */
  readonly thumbnail?: string;
}

export interface CellPictures {
  /** In the cell. */
  readonly count: number;
  /** Those that the run was surest of, 60 at most. */
  readonly pictures: readonly CellPicture[];
}

/** Which of many are listed. */
interface Page {
  readonly limit: number;
  readonly offset: number;
}

/** Evaluations that run one after another, away from the thread that answers, and are kept. */
export interface Evaluations {
  readonly datasets: ReadonlyMap<string, ServedDataset>;
  /** Newest first. */
  list(page: Page): readonly EvaluationEntry[];
  /** @throws RequestError DATASET_NOT_FOUND, MODEL_NOT_FOUND, SERVER_BUSY */
  start(wanted: WantedEvaluation, request: object): EvaluationEntry;
  /** @throws RequestError EVALUATION_NOT_FOUND */
  get(id: string): EvaluationEntry;
  /** `ReportData` as JSON. @throws RequestError EVALUATION_NOT_FOUND where it is not done */
  report(id: string): Promise<Uint8Array>;
  /** @throws RequestError EVALUATION_NOT_FOUND */
  cell(id: string, cell: Cell, signal: AbortSignal): Promise<CellPictures>;
  /** Stops it, if it runs, and forgets it. @throws RequestError EVALUATION_NOT_FOUND */
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}
