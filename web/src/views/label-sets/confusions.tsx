import type { Model } from "nearlabel/client";
import { useMemo } from "react";
import { embedLabels } from "../../../../src/labels/prompts/embed-labels.js";
import { labelOf } from "../../chosen/labels.js";
import { Bar } from "../../parts/bar.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { setParameters } from "../../route.js";
import { textEncoder } from "../../server/text-encoder.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import type { Draft } from "./draft.js";
import { nearestPairs } from "./nearest-pairs.js";

const words = text.labelSets;
/** Labels that are compared with each other at most: beyond that it takes seconds. */
const MOST = 3000;
const PAIRS = 12;
/** As near as that, two labels mean the same to the model. */
const SAME_MEANING = 0.95;

/** The pairs of labels that the model can hardly tell apart, which pictures will be confused between. */
export function Confusions({
  model,
  shown: { labels, templates },
}: {
  model: Model | undefined;
  shown: Draft;
}) {
  const compared = labels.slice(0, MOST);
  const key = model && compared.length > 1 ? JSON.stringify([model.id, compared, templates]) : undefined;
  const { value, error, again, isWaiting } = useAnswer(key, async (client, { signal }) => {
    const complete = compared.map((label) => ({ ...labelOf(label.label), ...label }));
    const embeddings = await embedLabels(textEncoder(client, model!), complete, templates, { signal });
    return { names: compared.map(({ label }) => label), embeddings };
  });
  const pairs = useMemo(() => (value ? nearestPairs(value.embeddings, PAIRS) : []), [value]);
  if (key === undefined) return null;
  return (
    <section className="confusions" aria-labelledby="confusions-title">
      <h3 id="confusions-title">{words.confusions}</h3>
      <p className="muted">{words.confusionsNote}</p>
      <ErrorNote error={error} again={again} />
      {!value && isWaiting && <Loading />}
      {value && (
        <ol>
          {pairs.map(({ first, second, similarity }) => (
            <li key={`${first} ${second}`}>
              <span className="pair">
                {[first, second].map((at) => (
                  <button key={at} type="button" onClick={() => setParameters({ label: value.names[at] })}>
                    {value.names[at]}
                  </button>
                ))}
              </span>
              <Bar share={similarity} />
              <span>{similarity.toFixed(3)}</span>
              {similarity >= SAME_MEANING && <span className="same">{words.sameMeaning}</span>}
            </li>
          ))}
        </ol>
      )}
      {labels.length > MOST && <p className="muted">{words.onlyFirst(MOST)}</p>}
    </section>
  );
}
