import type { LoadOptions } from "../../encoder/load.js";
import type { Label } from "../../labels/set/label.js";
import { createAskedThread } from "../threads/asked-thread.js";

/** Shows how a picture gets its labels, away from the thread that answers. */
export interface Explainer {
  /** An `Explanation` as JSON text, as `plainExplanation` makes it. */
  explain(request: ExplainRequest, signal: AbortSignal): Promise<string>;
  close(): Promise<void>;
}

export interface ExplainRequest {
  readonly picture: Uint8Array;
  readonly labels: readonly Label[];
  readonly templates: readonly string[];
}

/** What the thread is started with. */
export interface ExplainStart {
  readonly id: string;
  /** What of `LoadOptions` can go to another thread. */
  readonly options: object;
}

/** The thread and its model, which shows tokens and pixels as an `Encoder` does not, are started with the first request. */
export function createExplainer(id: string, loadOptions: LoadOptions = {}): Explainer {
  const entries = Object.entries(loadOptions).filter(([, value]) => typeof value !== "function");
  const start: ExplainStart = { id, options: Object.fromEntries(entries) };
  const { ask, close } = createAskedThread<ExplainRequest, string>("explain-worker.js", start);
  return { explain: ask, close };
}
