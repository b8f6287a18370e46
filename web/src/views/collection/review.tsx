import { LabelInput } from "../../chosen/label-input.js";
import { Button } from "../../parts/button.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { StoredPicture } from "../../parts/stored-picture.js";
import { useRoute } from "../../route.js";
import { text } from "../../text/en.js";
import type { CollectionProps } from "./labelling.js";
import { Learning } from "./learning.js";
import { OtherLabel } from "./other-label.js";
import { useKeys } from "./use-keys.js";
import { type ReviewState, useReview } from "./use-review.js";

/** Pictures one by one, the least sure first: a key gives the label, another takes it back. */
export function Review(props: CollectionProps) {
  const { labels, table, given } = props;
  const learns = useRoute().parameters.has("learn");
  const review = useReview(props, learns);
  return (
    <div className="collection-view">
      <aside className="collection-side">
        <LabelInput labels={labels} />
        <Learning learns={learns} learned={review.ranked?.ranking.learned} />
      </aside>
      <section aria-label={text.collection.stepNames.review}>
        <ErrorNote error={given.error ?? review.error} again={review.again} />
        {labels.labels.length === 0 ? (
          <Empty title={text.collection.noLabels}>
            <p>{text.collection.noLabelsNote}</p>
          </Empty>
        ) : !review.ranked ? (
          review.error === undefined && <Loading />
        ) : (
          <Reviewed table={table} review={review} canUndo={given.steps.length > 0} />
        )}
      </section>
    </div>
  );
}

function Reviewed({ table, review, canUndo }: { table: string; review: ReviewState; canUndo: boolean }) {
  const { current, predictions, next, left, give, skip, undo } = review;
  const actions = {
    ...Object.fromEntries(predictions.map(({ label }, at) => [String(at + 1), () => give(label)])),
    Enter: predictions[0] && (() => give(predictions[0]!.label)),
    s: skip,
    ArrowRight: skip,
    u: undo,
  };
  const place = useKeys(actions, current);
  return (
    <div ref={place} tabIndex={-1} className="by-key">
      <p className="found-note" role="status">
        {text.collection.reviewed(review.done, review.corrected, left)}
      </p>
      {current === undefined ? (
        <Empty title={text.collection.allReviewed}>
          {canUndo && <Button onPress={undo}>{text.collection.undoKey}</Button>}
        </Empty>
      ) : (
        <div className="review">
          <div className="review-picture">
            <StoredPicture
              key={current}
              table={table}
              id={current}
              name={text.collection.toReview}
              side={768}
            />
            <div className="review-next" aria-hidden="true">
              {next.map((id) => (
                <StoredPicture key={id} table={table} id={id} name="" side={128} />
              ))}
            </div>
          </div>
          <div className="review-choice">
            <h2>{text.collection.whichLabel}</h2>
            <ol className="review-labels">
              {predictions.map(({ label, score }, at) => (
                <li key={label}>
                  <Button kind={at === 0 ? "main" : "plain"} onPress={() => give(label)}>
                    <kbd>{at + 1}</kbd>
                    <span>{label}</span>
                    <span>{text.collection.percent(score)}</span>
                  </Button>
                </li>
              ))}
            </ol>
            <OtherLabel onGive={give} />
            <div className="review-keys">
              <Button onPress={skip}>{text.collection.skipKey}</Button>
              <Button onPress={undo} isDisabled={!canUndo}>
                {text.collection.undoKey}
              </Button>
            </div>
            <p className="field-note">{text.collection.reviewNote}</p>
          </div>
        </div>
      )}
    </div>
  );
}
