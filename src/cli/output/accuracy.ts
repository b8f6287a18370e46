import type { Classification } from "../../classify/classifier.js";
import { percent } from "../../math/number-text.js";

/** How often the known label came first, and among the first five, over the pictures that have one. */
export interface Accuracy {
  /** Pictures with a known label; one that could not be read counts as wrong. */
  pictures: number;
  first: number;
  firstFive: number;
}

/** Counts one result in. Nothing is counted for a picture whose label is not known. */
export function countAccuracy(
  accuracy: Accuracy,
  { predictions = [] }: Classification,
  label?: string,
): void {
  if (label === undefined) return;
  accuracy.pictures++;
  const rank = predictions.find((prediction) => prediction.label === label)?.rank;
  if (rank === undefined) return;
  if (rank === 1) accuracy.first++;
  if (rank <= 5) accuracy.firstFive++;
}

/** `acc@1 16.40 % (1640 of 10000)  acc@5 ...`; without acc@5 where fewer than five labels were asked for. */
export function accuracyText({ pictures, first, firstFive }: Accuracy, topK: number): string {
  const share = (right: number) => `${percent(right / pictures, 2)} (${right} of ${pictures})`;
  return topK < 5 ? `acc@1 ${share(first)}` : `acc@1 ${share(first)}  acc@5 ${share(firstFive)}`;
}
