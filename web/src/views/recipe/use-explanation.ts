import type { Explanation } from "nearlabel/client";
import { type ChosenLabel, DEFAULT_TEMPLATE, labelOf, useLabels } from "../../chosen/labels.js";
import { type ChosenModel, useModel } from "../../chosen/model.js";
import { type ChosenPicture, samplePicture, usePictures } from "../../chosen/pictures.js";
import { type Answer, useAnswer } from "../../server/use-answer.js";

/** What the recipe is shown with, and its steps once the server has told them. */
export interface Explained {
  readonly picture: ChosenPicture;
  readonly labels: readonly ChosenLabel[];
  readonly templates: readonly string[];
  readonly model: ChosenModel;
  readonly answer: Answer<Explanation>;
  /** Whether picture or labels stand in for those that were not chosen. */
  readonly isExample: boolean;
}

/** Shown where nothing was chosen. */
const EXAMPLE = { picture: "bus", labels: ["bus", "lighthouse", "cup", "guitar", "snail", "orange"] };

export function useExplanation(): Explained {
  const { shown } = usePictures();
  const chosen = useLabels();
  const model = useModel();
  const picture = shown ?? samplePicture(EXAMPLE.picture);
  const labels = chosen.labels.length > 0 ? chosen.labels : EXAMPLE.labels.map(labelOf);
  const templates = chosen.labels.length > 0 ? chosen.templates : [DEFAULT_TEMPLATE];
  const isReading = chosen.set !== undefined && chosen.answer.isWaiting;
  const id = model.model?.id;
  const key = id && !isReading ? JSON.stringify([id, picture.id, labels, templates]) : undefined;
  const answer = useAnswer(key, async (client, { signal }) =>
    client.explain(await picture.file(), { model: id, labels, templates, signal }),
  );
  return { picture, labels, templates, model, answer, isExample: !shown && chosen.labels.length === 0 };
}
