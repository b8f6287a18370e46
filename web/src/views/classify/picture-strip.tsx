import type { ChosenPicture, ChosenPictures } from "../../chosen/pictures.js";
import { Picture } from "../../parts/picture.js";
import type { EmbeddedPicture } from "../../server/picture-embeddings.js";
import { text } from "../../text/en.js";
import { type Classes, rankingOf } from "./ranking.js";
import type { Scoring } from "./scoring.js";

const words = text.classify;

export interface ResultProps {
  readonly pictures: ChosenPictures;
  /** Undefined until labels are there. */
  readonly classes: Classes | undefined;
  readonly scoring: Scoring;
  readonly embeddingOf: (picture: ChosenPicture) => EmbeddedPicture;
}

/** All pictures with the nearest label of each, where there are several. Clicking one shows it below. */
export function PictureStrip({ pictures, classes, scoring, embeddingOf }: ResultProps) {
  if (pictures.pictures.length < 2) return null;
  return (
    <ul className="strip" aria-label={words.allPictures}>
      {pictures.pictures.map((picture) => {
        const { label, detail } = summaryOf(embeddingOf(picture), classes, scoring);
        return (
          <li key={picture.id}>
            <button
              type="button"
              className="strip-picture"
              aria-current={picture.id === pictures.shown?.id}
              onClick={() => pictures.show(picture.id)}
            >
              <Picture source={picture.url} name={picture.name} lazy />
              <span className="strip-label">{label}</span>
              <span className="strip-detail">{detail}</span>
            </button>
            <button
              type="button"
              className="strip-remove"
              aria-label={words.remove(picture.name)}
              onClick={() => pictures.remove(picture.id)}
            >
              ×
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function summaryOf(
  { embedding, error }: EmbeddedPicture,
  classes: Classes | undefined,
  scoring: Scoring,
): { label: string; detail: string } {
  if (error !== undefined) return { label: words.unreadable, detail: "" };
  if (!classes) return { label: "", detail: "" };
  if (!embedding) return { label: "…", detail: "" };
  const { predictions, known } = rankingOf(embedding, classes, scoring);
  const isUnknown = known && known.value < known.threshold;
  const best = predictions[0]!;
  return { label: isUnknown ? words.unknown : best.label, detail: percent(best.score) };
}

export function percent(score: number): string {
  return score > 0 && score < 0.001 ? "< 0.1 %" : `${(score * 100).toFixed(1)} %`;
}
