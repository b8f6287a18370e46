import type { Explanation } from "nearlabel/client";
import { Tick } from "../../parts/field.js";
import { text } from "../../text/en.js";
import { Num, type Origin } from "./origin.js";
import { Step } from "./step.js";
import { shown } from "./vectors.js";

const words = text.recipe.tutorial;
const FEW = 8;

/** The arithmetic of the tutorial as it was first published, on the same picture and labels, and what it gets wrong. */
export function TutorialStep({
  explanation,
  isOn,
  onOn,
}: {
  explanation: Explanation;
  isOn: boolean;
  onOn: (isOn: boolean) => void;
}) {
  return (
    <Step name="as-published">
      <Tick label={words.show} checked={isOn} onChange={(event) => onOn(event.target.checked)} />
      {isOn && <AsPublished explanation={explanation} />}
    </Step>
  );
}

function AsPublished({ explanation: { tutorial, labels, predictions } }: { explanation: Explanation }) {
  const { distances, imageSquare, labelSquares, products, ranking } = tutorial;
  const ranks = new Map(predictions.map(({ label, rank }) => [label, rank]));
  const [least, most] = [Math.min(...distances), Math.max(...distances)];
  return (
    <>
      <p>
        {words.alike(
          [least, most].map(shown),
          shown(imageSquare),
          [most, least].map((distance) => Math.min(100, (100 * imageSquare) / distance).toFixed(0)),
        )}
      </p>
      <table className="values with-bars">
        <thead>
          <tr>
            <th scope="col">{text.recipe.label}</th>
            <th scope="col">{words.distance}</th>
            <th scope="col">{words.parts}</th>
            <th scope="col">{words.hereRank}</th>
          </tr>
        </thead>
        <tbody>
          {ranking.slice(0, FEW).map((at) => (
            <tr key={labels[at]!.label}>
              <th scope="row">{labels[at]!.label}</th>
              <td>
                <Num
                  origin={() =>
                    originOf(labels[at]!.label, {
                      square: labelSquares[at]!,
                      product: products[at]!,
                      imageSquare,
                      distance: distances[at]!,
                    })
                  }
                >
                  {distances[at]!.toFixed(4)}
                </Num>
              </td>
              <td className="bar-cell">
                <span className="bar same" style={{ width: `${(100 * imageSquare) / most}%` }} />
                <span
                  className="bar"
                  style={{ width: `${(100 * Math.max(0, distances[at]! - imageSquare)) / most}%` }}
                />
              </td>
              <td>{ranks.get(labels[at]!.label)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="field-note">{words.mistakes}</p>
      <p className="field-note">{words.cost}</p>
    </>
  );
}

function originOf(
  label: string,
  {
    square,
    product,
    imageSquare,
    distance,
  }: { square: number; product: number; imageSquare: number; distance: number },
): Origin {
  return {
    title: words.distanceTitle(label),
    lines: [
      words.formula,
      `${shown(imageSquare)} + ${shown(square)} - 2 × ${shown(product)} = ${shown(distance)}`,
    ],
  };
}
