import type { LoadOptions } from "../../encoder/load.js";
import type { Band } from "../../images/curate/duplicates.js";
import type { SuspectKind } from "../../images/curate/suspects.js";
import type { Label } from "../../labels/set/label.js";
import { createAskedThread } from "../threads/asked-thread.js";

/** Looks through whole tables, away from the thread that answers. Pictures are named by their ids. */
export interface Curator {
  /** Pictures whose given label the model doubts, most doubtful first. */
  suspects(wanted: SuspectsQuestion, signal: AbortSignal): Promise<FoundSuspects>;
  /** Groups of pictures that are alike. */
  duplicates(wanted: DuplicatesQuestion, signal: AbortSignal): Promise<FoundDuplicates>;
  /** Remembers that pictures are no duplicates of each other. */
  keepApart(ids: readonly string[], signal: AbortSignal): Promise<void>;
  /** Gives all pictures labels, and keeps these with the table. */
  label(wanted: LabelQuestion, signal: AbortSignal): Promise<FoundLabels>;
  close(): Promise<void>;
}

interface Page {
  readonly limit: number;
  readonly offset: number;
}

export interface SuspectsQuestion extends Page {
  /** Least doubt, above 0.5. */
  readonly least?: number | undefined;
  readonly where?: string | undefined;
}

export interface DuplicatesQuestion extends Page {
  readonly band: Band;
  readonly where?: string | undefined;
}

export interface LabelQuestion {
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
  /** The name that they are kept under. */
  readonly save: string;
}

export interface NamedPicture {
  readonly id: string;
  /** The last part of its path. */
  readonly name: string;
}

export interface FoundSuspects {
  readonly total: number;
  /** Pictures that were looked at, and those without a given label. */
  readonly pictures: number;
  readonly leftOut: number;
  readonly suspects: readonly (NamedPicture & {
    readonly kind: SuspectKind;
    readonly given: string;
    readonly doubt: number;
    readonly suggested?: string;
    readonly other?: NamedPicture;
  })[];
}

interface DuplicatePicture extends NamedPicture {
  readonly width: number | null;
  readonly height: number | null;
  readonly bytes: number | null;
}

export interface FoundDuplicates {
  /** Groups, and pictures in them beside those that are kept. */
  readonly total: number;
  readonly duplicates: number;
  readonly groups: readonly {
    readonly kept: DuplicatePicture;
    /** Pictures beside that, of which {@link MOST_TOLD} at most are told. */
    readonly count: number;
    readonly duplicates: readonly (DuplicatePicture & { readonly similarity: number; readonly band: Band })[];
  }[];
}

export interface FoundLabels {
  /** As rows are marked with it, such as `animals@2`. */
  readonly labelSet: string;
  readonly labelled: number;
  readonly unchanged: number;
}

/** Duplicates of one picture that are told: with it they are as many as can be said to be none. */
export const MOST_TOLD = 99;

/** What the thread is started with. */
export interface CurateStart {
  readonly place: string;
  /** What of `LoadOptions` can go to another thread. */
  readonly options: object;
}

export type CurateQuestion =
  | { readonly about: "suspects"; readonly wanted: SuspectsQuestion }
  | { readonly about: "duplicates"; readonly wanted: DuplicatesQuestion }
  | { readonly about: "apart"; readonly ids: readonly string[] }
  | { readonly about: "label"; readonly wanted: LabelQuestion };

/** The thread starts with the first question; the table's model is loaded in it where labels have to be embedded. */
export function createCurator(place: string, loadOptions: LoadOptions = {}): Curator {
  const entries = Object.entries(loadOptions).filter(([, value]) => typeof value !== "function");
  const start: CurateStart = { place, options: Object.fromEntries(entries) };
  const thread = createAskedThread<CurateQuestion, unknown>("curate-worker.js", start);
  const ask = <T>(question: CurateQuestion, signal: AbortSignal) =>
    thread.ask(question, signal) as Promise<T>;
  return {
    suspects: (wanted, signal) => ask({ about: "suspects", wanted }, signal),
    duplicates: (wanted, signal) => ask({ about: "duplicates", wanted }, signal),
    keepApart: (ids, signal) => ask({ about: "apart", ids }, signal),
    label: (wanted, signal) => ask({ about: "label", wanted }, signal),
    close: thread.close,
  };
}
