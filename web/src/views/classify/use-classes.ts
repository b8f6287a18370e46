import type { Model } from "nearlabel/client";
import { embedLabels } from "../../../../src/labels/prompts/embed-labels.js";
import { type ChosenLabel, labelOf, readList } from "../../chosen/labels.js";
import { textEncoder } from "../../server/text-encoder.js";
import { type Answer, useAnswer } from "../../server/use-answer.js";
import { type Classes, rivalsAmong } from "./ranking.js";

/** Words for what else pictures may show, which come with nearlabel. */
export const RIVAL_WORDS = "words";

/** Class embeddings of labels under templates. Only prompts that are new are asked for. */
export function useClasses(
  model: Model | undefined,
  labels: readonly ChosenLabel[],
  templates: readonly string[],
  withRivals: boolean,
): Answer<Classes> {
  const isReady = model !== undefined && labels.length > 0 && templates.length > 0;
  const key = isReady ? JSON.stringify([model.id, labels, templates, withRivals]) : undefined;
  return useAnswer(key, async (client, { signal }) => {
    const encoder = textEncoder(client, model!);
    const embeddings = await embedLabels(encoder, labels, templates, { signal });
    const classes = { model: model!, labels, embeddings };
    if (!withRivals) return classes;
    const words = (await readList(RIVAL_WORDS, signal)).map(labelOf);
    return {
      ...classes,
      rivals: rivalsAmong(await embedLabels(encoder, words, templates, { signal }), embeddings),
    };
  });
}
