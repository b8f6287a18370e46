import { useState } from "react";
import type { Prediction } from "../../../../src/scoring/scores.js";
import { Bar } from "../../parts/bar.js";
import { Button } from "../../parts/button.js";
import { text } from "../../text/en.js";
import { percent } from "./picture-strip.js";

const words = text.classify.table;
/** Rows that are shown at first. */
const FEW = 10;

/** Every label with its score, and by how much similarity it is behind the first. */
export function PredictionTable({
  predictions,
  draft,
}: {
  predictions: readonly Prediction[];
  draft: string;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const isFew = predictions.length <= FEW + 2;
  const shown = showsAll || isFew ? predictions : withDraft(predictions, draft);
  const best = predictions[0]!.similarity;
  return (
    <div className="prediction-table">
      <table>
        <caption className="unseen">{words.caption}</caption>
        <thead>
          <tr>
            <th scope="col">{words.label}</th>
            <th scope="col" title={words.scoreNote}>
              {words.score}
            </th>
            <th scope="col" title={words.similarityNote}>
              {words.similarity}
            </th>
            <th scope="col" className="wide" title={words.logitNote}>
              {words.logit}
            </th>
            <th scope="col" title={words.behindNote}>
              {words.behind}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((each) => (
            <Row key={each.label} prediction={each} best={best} isDraft={each.label === draft} />
          ))}
        </tbody>
      </table>
      {!isFew && (
        <Button kind="quiet" onPress={() => setShowsAll(!showsAll)}>
          {showsAll ? words.fewer : words.all(predictions.length)}
        </Button>
      )}
    </div>
  );
}

function Row({ prediction, best, isDraft }: { prediction: Prediction; best: number; isDraft: boolean }) {
  const { label, score, similarity, logit, rank } = prediction;
  return (
    <tr className={isDraft ? "draft" : undefined}>
      <th scope="row">
        <span className="row-head">
          <span className="rank">{rank}</span>
          <span className="row-label">{label}</span>
          {isDraft && <span className="muted">{words.typing}</span>}
        </span>
      </th>
      <td className="score">
        <span className="score-cell">
          <Bar share={score} />
          <span>{percent(score)}</span>
        </span>
      </td>
      <td>{similarity.toFixed(4)}</td>
      <td className="wide">{logit.toFixed(2)}</td>
      <td>{rank === 1 ? "–" : (best - similarity).toFixed(4)}</td>
    </tr>
  );
}

/** The first ones, and the one that is being typed wherever it stands. */
function withDraft(predictions: readonly Prediction[], draft: string): readonly Prediction[] {
  return predictions.filter(({ label, rank }) => rank <= FEW || label === draft);
}
