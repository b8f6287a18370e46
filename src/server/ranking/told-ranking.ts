import { sevenDigits } from "../../math/digits.js";
import type { Learned } from "./learning.js";
import type { Ranking } from "./ranking.js";

/** What is told of a ranking beside what there is for every picture. */
export interface RankingContext {
  /** Of the table. */
  readonly version: number;
  readonly names: readonly string[];
  /** The pictures of which several labels are told, in the order of `told`. */
  readonly pictures: readonly string[];
  /** Position of the label that each picture was given; 65,535 where it was given none of them. */
  readonly given: Uint16Array;
  readonly learned: Learned | undefined;
}

/** The JSON of a ranking, as the route documents it. */
export function toldRanking(
  { best, scores, counts, similarities, told }: Ranking,
  { version, names, pictures, given, learned }: RankingContext,
): string {
  return JSON.stringify({
    version,
    labels: names.map((label, at) => ({ label, count: counts[at]! })),
    best: base64Of(best),
    scores: base64Of(scores),
    similarities: similarities && base64Of(similarities),
    given: base64Of(given),
    learned,
    pictures: told.map((labels, picture) => ({
      id: pictures[picture]!,
      predictions: labels.map(({ position, score, similarity }) => ({
        label: names[position]!,
        score: sevenDigits(score),
        similarity: sevenDigits(similarity),
      })),
    })),
  });
}

function base64Of({ buffer, byteOffset, byteLength }: Uint16Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}
