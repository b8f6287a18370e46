import type { Client, EvaluationRequest, EvaluationRunRequest, Model } from "nearlabel/client";
import { embedLabels } from "../../../../src/labels/prompts/embed-labels.js";
import { row } from "../../../../src/math/matrix.js";
import { rowDots } from "../../../../src/math/products.js";
import { DEFAULT_TEMPLATE, labelOf } from "../../chosen/labels.js";
import { useModel } from "../../chosen/model.js";
import { textEncoder } from "../../server/text-encoder.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { Link } from "./link.js";
import { parametersOf } from "./wanted.js";
import "../../parts/bottom-bar.css";

const words = text.evaluate;
/** Labels at most: all pairs of them are compared. */
const MOST = 2000;

export interface PairNoteProps {
  readonly request: EvaluationRequest;
  /** The run that is looked at. */
  readonly run: EvaluationRunRequest;
  /** All labels that it chose from. */
  readonly labels: readonly string[];
  readonly pair: { readonly label: string; readonly predicted: string };
}

/** Why two labels are confused: how near they lie to the model, among all pairs. */
export function PairNote({ request, run, labels, pair: { label, predicted } }: PairNoteProps) {
  const { models } = useModel();
  const model = models.find(({ id }) => id === run.model) ?? models[0];
  const isPair = model && label !== predicted && labels.length <= MOST;
  const key = isPair ? JSON.stringify([model.id, run, labels]) : undefined;
  const { value } = useAnswer(key, async (client, { signal }) =>
    vectorsOf(client, model!, run, labels, signal),
  );
  const [first, second] = [labels.indexOf(label), labels.indexOf(predicted)];
  if (!value || !isPair || first < 0 || second < 0) return null;
  const similarity = rowDots(row(value, first), value)[second]!;
  const share = shareBelow(value, similarity);
  return (
    <p className="bottom-bar" role="status">
      {words.alike(label, predicted, similarity.toFixed(3), words.percent(share))}{" "}
      <Link parameters={parametersOf({ ...request, runs: [run, run] })}>{words.otherWords}</Link>
    </p>
  );
}

type Vectors = Awaited<ReturnType<typeof embedLabels>>;

async function vectorsOf(
  client: Client,
  model: Model,
  { labelSet, templates = [DEFAULT_TEMPLATE] }: EvaluationRunRequest,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Vectors> {
  const [name = "", version] = labelSet?.split("@") ?? [];
  const set =
    labelSet === undefined
      ? undefined
      : await client.labelSets.get(name, { signal, ...(version && { version: Number(version) }) });
  const stored = new Map(set?.labels.map((each) => [each.label, each]));
  const labels = names.map((each) => ({ ...labelOf(each), ...stored.get(each) }));
  return embedLabels(textEncoder(client, model), labels, templates, { signal });
}

/** Share of all pairs of rows that are less alike than that. */
function shareBelow(vectors: Vectors, similarity: number): number {
  let below = 0;
  for (let at = 1; at < vectors.rows; at++) {
    const dots = rowDots(row(vectors, at), { ...vectors, rows: at });
    for (const each of dots) if (each < similarity) below++;
  }
  return below / Math.max(1, (vectors.rows * (vectors.rows - 1)) / 2);
}
