import type { Classification } from "../../classify/classifier.js";
import { labelMatcher } from "../../labels/set/match.js";
import { percent } from "../../math/number-text.js";

/** How often the known label came first, and among the first five, over the pictures whose label could be said. */
export interface Accuracy {
  /** Pictures with a known label of the set; one that could not be read counts as wrong. */
  readonly pictures: number;
  readonly first: number;
  readonly firstFive: number;
  /** Pictures with a known label that is not in the set, and their labels. */
  readonly others: number;
  readonly otherLabels: ReadonlySet<string>;
}

/** Counts results in one by one. */
export interface AccuracyCounter extends Accuracy {
  /** Nothing is counted for a picture whose label is not known. */
  count(result: Classification, label: string | undefined): void;
}

/** @param labels those to choose from; where they are not known, every known label is taken for one of them */
export function accuracyCounter(labels: readonly string[] | undefined): AccuracyCounter {
  const match = labels ? labelMatcher(labels) : (label: string) => label;
  const otherLabels = new Set<string>();
  const counter = {
    pictures: 0,
    first: 0,
    firstFive: 0,
    others: 0,
    otherLabels,
    count({ predictions = [] }: Classification, known: string | undefined) {
      if (known === undefined) return;
      const label = match(known);
      if (label === undefined) {
        counter.others++;
        otherLabels.add(known);
        return;
      }
      counter.pictures++;
      const rank =
        predictions.find((prediction) => prediction.label === label)?.rank ?? Number.POSITIVE_INFINITY;
      if (rank === 1) counter.first++;
      if (rank <= 5) counter.firstFive++;
    },
  };
  return counter;
}

/** `acc@1 44.41 % (4441 of 10000)  acc@5 ...`; without acc@5 where fewer than five labels were asked for. */
export function accuracyText({ pictures, first, firstFive }: Accuracy, topK: number): string {
  const share = (right: number) => `${percent(right / pictures, 2)} (${right} of ${pictures})`;
  return topK < 5 ? `acc@1 ${share(first)}` : `acc@1 ${share(first)}  acc@5 ${share(firstFive)}`;
}

/** Other labels that are shown. */
const SHOWN = 5;

/** How many pictures are not in the accuracy, because nothing could be said that is right; undefined for none. */
export function otherLabelsText({ others, otherLabels }: Accuracy): string | undefined {
  if (others === 0) return undefined;
  const pictures = others === 1 ? "1 picture has a label" : `${others} pictures have labels`;
  const shown = [...otherLabels].slice(0, SHOWN).map((label) => JSON.stringify(label));
  const more = otherLabels.size > SHOWN ? `, and ${otherLabels.size - SHOWN} more` : "";
  return `${pictures} that ${others === 1 ? "is" : "are"} not in the label set, left out of the accuracy: ${shown.join(", ")}${more}`;
}
