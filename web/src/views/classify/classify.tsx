import { useState } from "react";
import { LabelInput } from "../../chosen/label-input.js";
import { type ChosenLabel, labelOf, useLabels } from "../../chosen/labels.js";
import { useModel } from "../../chosen/model.js";
import { PictureInput } from "../../chosen/picture-input.js";
import { usePictures } from "../../chosen/pictures.js";
import { ErrorNote } from "../../parts/error-note.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { usePictureEmbeddings } from "../../server/picture-embeddings.js";
import { text } from "../../text/en.js";
import { PictureStrip } from "./picture-strip.js";
import { Result } from "./result.js";
import { codeOf, commandOf } from "./same-in-code.js";
import { useScoring } from "./scoring.js";
import { ScoringInput } from "./scoring-input.js";
import { useClasses } from "./use-classes.js";
import "./view.css";

/** Pictures against labels: results follow while a person types. */
export default function Classify() {
  const [draft, setDraft] = useState("");
  const pictures = usePictures();
  const labels = useLabels();
  const scoring = useScoring();
  const model = useModel();
  const shownLabels = withDraft(labels.labels, draft);
  const classes = useClasses(
    model.model,
    shownLabels,
    labels.templates,
    scoring.unknown === "negative-labels",
  );
  const embeddingOf = usePictureEmbeddings(pictures.pictures, model.model?.id);
  const shown = {
    pictures: pictures.pictures,
    labels: labels.labels.map(({ label }) => label),
    templates: labels.templates,
    model: model.model?.id,
    scoring,
  };
  const value = shownLabels.length > 0 ? classes.value : undefined;
  return (
    <div className="classify">
      <h1 className="unseen">{text.views.classify}</h1>
      <div className="classify-inputs">
        <PictureInput pictures={pictures} />
        <LabelInput labels={labels} onDraft={setDraft} />
        <ScoringInput scoring={scoring} model={model} />
        <SameInCode command={commandOf(shown)} code={codeOf(shown)} />
      </div>
      <div className="classify-results">
        <ErrorNote error={model.error ?? labels.answer.error} again={model.again} />
        <ErrorNote error={classes.error} again={classes.again} />
        <PictureStrip pictures={pictures} classes={value} scoring={scoring} embeddingOf={embeddingOf} />
        <Result
          pictures={pictures}
          classes={value}
          scoring={scoring}
          draft={draft}
          embeddingOf={embeddingOf}
        />
      </div>
    </div>
  );
}

/** The labels with the one that is being typed, so that its place shows before it is entered. */
function withDraft(labels: readonly ChosenLabel[], draft: string): readonly ChosenLabel[] {
  const name = draft.trim();
  return name === "" || labels.some(({ label }) => label === name) ? labels : [...labels, labelOf(name)];
}
