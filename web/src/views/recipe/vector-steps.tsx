import type { Explanation } from "nearlabel/client";
import { text } from "../../text/en.js";
import { Num, type Origin } from "./origin.js";
import { Step } from "./step.js";
import { Strip } from "./strip.js";
import { rowOf, shown, vectorOf } from "./vectors.js";

const words = text.recipe;

export interface AtProps {
  readonly explanation: Explanation;
  /** Which number of all vectors is looked at. */
  readonly at: number;
  readonly onAt: (at: number) => void;
}

/** One vector a label. The first ones, and the label that is looked at. */
export function TextVectorsStep({ explanation, at, onAt, label }: AtProps & { label: string }) {
  const first = explanation.predictions.slice(0, 6).map((each) => each.label);
  const names = first.includes(label) ? first : [...first, label];
  return (
    <Step name="text-vectors">
      <div className="vectors">
        {names.map((name) => {
          const vector = vectorOf(explanation, name);
          return (
            <Vector
              key={name}
              name={name}
              vector={vector}
              at={at}
              onAt={onAt}
              origin={() => labelNumberOrigin(explanation, name, at)}
            />
          );
        })}
      </div>
      <p className="field-note">{words.strips(explanation.model.dimension)}</p>
    </Step>
  );
}

/** The vector of the picture. */
export function PictureVectorStep({ explanation, at, onAt }: AtProps) {
  const { imageEmbedding, imageNorm } = explanation;
  const origin = () => ({
    title: words.numberTitle(at + 1, words.thePicture),
    lines: [
      words.fromTower(shown(imageEmbedding[at]! * imageNorm)),
      `${shown(imageEmbedding[at]! * imageNorm)} / ${shown(imageNorm)} = ${shown(imageEmbedding[at]!)}`,
      words.unitLength,
    ],
    from: { step: "pixels", name: words.steps.pixels.title },
  });
  return (
    <Step name="picture-vector">
      <div className="vectors">
        <Vector name={words.thePicture} vector={imageEmbedding} at={at} onAt={onAt} origin={origin} />
      </div>
    </Step>
  );
}

function Vector({
  name,
  vector,
  at,
  onAt,
  origin,
}: {
  name: string;
  vector: readonly number[];
  at: number;
  onAt: (at: number) => void;
  origin: () => Origin;
}) {
  return (
    <>
      <span className="vector-name">{name}</span>
      <Strip name={words.vectorOf(name)} vector={vector} at={at} onAt={onAt} />
      <Num origin={origin}>{vector[at]!.toFixed(4)}</Num>
    </>
  );
}

/** Where number `at` of the vector of a label comes from. */
export function labelNumberOrigin(explanation: Explanation, name: string, at: number): Origin {
  const { labels, textEmbeddings, textNorms, prompts } = explanation;
  const { promptsAt } = labels.find(({ label }) => label === name)!;
  const parts = promptsAt.slice(0, 5).map((prompt) => {
    const unit = rowOf(textEmbeddings, prompt)[at]!;
    const norm = textNorms[prompt]!;
    return `"${prompts[prompt]!.text}": ${shown(unit * norm)} / ${shown(norm)} = ${shown(unit)}`;
  });
  const rest = promptsAt.length > 5 ? [words.andMore(promptsAt.length - 5)] : [];
  const mean =
    promptsAt.length > 1 ? [words.meanOf(promptsAt.length, shown(vectorOf(explanation, name)[at]!))] : [];
  return {
    title: words.numberTitle(at + 1, name),
    lines: [words.towerOverLength, ...parts, ...rest, ...mean],
    from: { step: "tokens", name: words.steps.tokens.title },
  };
}
