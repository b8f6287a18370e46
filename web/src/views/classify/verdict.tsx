import { text } from "../../text/en.js";
import { percent } from "./picture-strip.js";
import type { Ranking } from "./ranking.js";

const words = text.classify;

/** What the picture shows, in a sentence, and how near the next label came. */
export function Verdict({
  ranking: { predictions, known },
  multiLabel,
}: {
  ranking: Ranking;
  multiLabel: boolean;
}) {
  const [first, second] = predictions;
  const isUnknown = known !== undefined && known.value < known.threshold;
  return (
    <div className="verdict" aria-live="polite">
      <p className="verdict-label">
        {isUnknown ? words.unknown : first!.label}
        <span className="verdict-score">
          {isUnknown ? words.nearest(first!.label) : percent(first!.score)}
        </span>
      </p>
      {second && (
        <p className="muted">
          {words.gap(
            second.label,
            (first!.similarity - second.similarity).toFixed(4),
            second.similarity.toFixed(4),
          )}
        </p>
      )}
      {known && (
        <p className="muted">{words.knownness(known.value.toFixed(3), known.threshold.toFixed(3))}</p>
      )}
      {multiLabel && <p className="muted">{words.multiLabelMeans}</p>}
      {predictions.length === 1 && !multiLabel && <p className="muted">{words.oneLabel}</p>}
    </div>
  );
}
