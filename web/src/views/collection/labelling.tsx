import { useState } from "react";
import { LabelInput } from "../../chosen/label-input.js";
import type { ChosenLabels } from "../../chosen/labels.js";
import { Empty } from "../../parts/empty.js";
import { ErrorNote } from "../../parts/error-note.js";
import { Loading } from "../../parts/loading.js";
import { setParameters, useRoute } from "../../route.js";
import type { GivenLabels } from "../../tables/use-given-labels.js";
import { text } from "../../text/en.js";
import { LabelsInCode } from "./collection-in-code.js";
import { LabelCounts } from "./label-counts.js";
import { Learning } from "./learning.js";
import { RankedPictures } from "./ranked-pictures.js";
import { SaveLabels } from "./save-labels.js";
import { HowSure } from "./sureness.js";
import { useRanking } from "./use-ranking.js";

/** What the parts of this view share. */
export interface CollectionProps {
  readonly table: string;
  readonly labels: ChosenLabels;
  readonly given: GivenLabels;
}

/** All stored pictures re-rank while a label is typed. */
export function Labelling({ table, labels, given }: CollectionProps) {
  const { parameters } = useRoute();
  const [draft, setDraft] = useState("");
  const typed = draft.trim();
  const chosen = parameters.get("label") ?? undefined;
  const isThere = labels.labels.some(({ label }) => label === chosen);
  const about = isThere ? chosen : undefined;
  const learns = parameters.has("learn");
  const sure = Number(parameters.get("sure") ?? 0) / 100;
  const answer = useRanking({ table, labels, draft, about, learn: learns, stored: given.stored });
  const ranked = labels.labels.length === 0 && typed === "" ? undefined : answer.value;
  const change = (names: readonly string[]) => {
    labels.change(names);
    // What was typed stays what pictures are ranked by.
    if (typed !== "" && names.includes(typed)) setParameters({ label: typed }, { replace: true });
  };
  return (
    <div className="collection-view">
      <aside className="collection-side">
        <LabelInput labels={{ ...labels, change }} onDraft={setDraft} />
        {ranked && (
          <>
            <LabelCounts ranked={ranked} sure={sure} chosen={typed || about} />
            <Learning learns={learns} learned={ranked.ranking.learned} />
            <SaveLabels table={table} labels={labels} />
          </>
        )}
        <LabelsInCode table={table} labels={labels} />
      </aside>
      <section className="collection-found" aria-label={text.collection.pictures}>
        <ErrorNote error={answer.error} again={answer.again} />
        {ranked ? (
          <>
            <HowSure ranking={ranked.ranking} sure={sure} learns={learns} />
            <RankedPictures table={table} ranked={ranked} sure={sure} given={given} />
          </>
        ) : answer.isWaiting ? (
          <Loading />
        ) : (
          answer.error === undefined && (
            <Empty title={text.collection.noLabels}>
              <p>{text.collection.noLabelsNote}</p>
            </Empty>
          )
        )}
      </section>
    </div>
  );
}
