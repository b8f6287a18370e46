import type { Explanation } from "nearlabel/client";
import { rank } from "../../../../src/scoring/scores.js";
import { Button } from "../../parts/button.js";
import { Slider } from "../../parts/field.js";
import { text } from "../../text/en.js";
import { Num, type Origin } from "./origin.js";
import { Step } from "./step.js";
import { productsOf, shown, vectorOf } from "./vectors.js";

const words = text.recipe;
type Similar = Explanation["predictions"][number];

/** Labels that are shown. */
const FEW = 8;

/** How far each label is from the picture. */
export function DistancesStep({ explanation, label: chosen }: { explanation: Explanation; label: string }) {
  const { labels, predictions, table } = explanation;
  const places = new Map(labels.map(({ label }, at) => [label, at]));
  return (
    <Step name="distances">
      <table className="values">
        <thead>
          <tr>
            <th scope="col">{words.label}</th>
            <th scope="col">{words.similarity}</th>
            <th scope="col">{words.distance}</th>
          </tr>
        </thead>
        <tbody>
          {withChosen(predictions, chosen).map(({ label, similarity }) => {
            const distance = table.distances[places.get(label)!]!;
            return (
              <tr key={label} aria-current={label === chosen}>
                <th scope="row">{label}</th>
                <td>
                  <Num origin={() => similarityOrigin(explanation, label, similarity)}>
                    {similarity.toFixed(4)}
                  </Num>
                </td>
                <td>
                  <Num origin={() => distanceOrigin(label, similarity, distance)}>{distance.toFixed(4)}</Num>
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
      <Behind explanation={explanation} label={chosen} />
    </Step>
  );
}

/** The nearest labels, and the one that is followed wherever it stands. */
function withChosen<T extends { readonly label: string }>(
  ranked: readonly T[],
  chosen: string,
): readonly T[] {
  return ranked.filter(({ label }, at) => at < FEW || label === chosen);
}

/** Why the label that is followed is not the first: the numbers that tell it from the nearest most. */
function Behind({ explanation, label }: { explanation: Explanation; label: string }) {
  const { predictions, imageEmbedding } = explanation;
  const [first] = predictions;
  const place = predictions.findIndex((each) => each.label === label);
  if (place <= 0) return null;
  const [here, there] = [label, first!.label].map((name) =>
    productsOf(imageEmbedding, vectorOf(explanation, name)),
  );
  const gaps = here!.map((product, at) => there![at]! - product);
  const largest = [...gaps.keys()].sort((a, b) => gaps[b]! - gaps[a]!).slice(0, 3);
  return (
    <p className="behind">
      {words.behind(label, place + 1, first!.label)}{" "}
      <Num origin={() => gapOrigin(first!, predictions[place]!)}>
        {(first!.similarity - predictions[place]!.similarity).toFixed(4)}
      </Num>
      {". "}
      {words.behindMost(largest.map((at) => words.numberOf(at + 1, shown(gaps[at]!))))}
    </p>
  );
}

function gapOrigin(first: Similar, other: Similar): Origin {
  const gap = first.similarity - other.similarity;
  return {
    title: words.gapTitle(first.label, other.label),
    lines: [`${shown(first.similarity)} - ${shown(other.similarity)} = ${shown(gap)}`],
  };
}

function similarityOrigin(explanation: Explanation, label: string, similarity: number): Origin {
  const products = productsOf(explanation.imageEmbedding, vectorOf(explanation, label));
  const order = [...products.keys()].sort((a, b) => Math.abs(products[b]!) - Math.abs(products[a]!));
  const largest = order.slice(0, 4);
  const rest = similarity - largest.reduce((sum, at) => sum + products[at]!, 0);
  return {
    title: words.similarityTitle(label),
    lines: [
      words.sumOfProducts(products.length),
      ...largest.map((at) =>
        words.product(
          at + 1,
          shown(explanation.imageEmbedding[at]!),
          shown(vectorOf(explanation, label)[at]!),
          shown(products[at]!),
        ),
      ),
      words.others(products.length - largest.length, shown(rest), shown(similarity)),
    ],
    from: { step: "picture-vector", name: words.steps["picture-vector"].title },
  };
}

function distanceOrigin(label: string, similarity: number, distance: number): Origin {
  return {
    title: words.distanceTitle(label),
    lines: [`1 - ${shown(similarity)} = ${shown(distance)}`, words.lancedb],
  };
}

/** From similarities to scores, with the scale as a slider. */
export function ScoresStep({
  explanation: { model, labels, predictions },
  label: chosen,
  scale,
  onScale,
}: {
  explanation: Explanation;
  label: string;
  scale: number | undefined;
  onScale: (scale: number | undefined) => void;
}) {
  const { scoring } = model;
  const logitScale = scale ?? scoring.logitScale;
  const byLabel = new Map(predictions.map(({ label, similarity }) => [label, similarity]));
  const similarities = Float64Array.from(labels, ({ label }) => byLabel.get(label)!);
  const ranked = rank(similarities, labels, { ...scoring, logitScale }, { topK: labels.length });
  const logits = ranked.map(({ logit }) => logit);
  return (
    <Step name="scores">
      <div className="scale">
        <Slider
          label={words.scale}
          note={words.scaleNote(shown(scoring.logitScale))}
          shown={shown(logitScale)}
          min={0}
          max={Math.log10(200)}
          step={0.01}
          value={Math.log10(logitScale)}
          onChange={(event) => onScale(Number((10 ** Number(event.target.value)).toPrecision(3)))}
        />
        {scale !== undefined && (
          <Button kind="quiet" onPress={() => onScale(undefined)}>
            {words.ownScale}
          </Button>
        )}
      </div>
      <table className="values with-bars">
        <thead>
          <tr>
            <th scope="col">{words.label}</th>
            <th scope="col">{words.logit}</th>
            <th scope="col">{words.score}</th>
            <td />
          </tr>
        </thead>
        <tbody>
          {withChosen(ranked, chosen).map(({ label, similarity, logit, score }) => (
            <tr key={label} aria-current={label === chosen}>
              <th scope="row">{label}</th>
              <td>
                <Num
                  origin={() => ({
                    title: words.logitTitle(label),
                    lines: [
                      `${shown(logitScale)} × ${shown(similarity)} + ${shown(scoring.logitBias)} = ${shown(logit)}`,
                    ],
                    from: { step: "distances", name: words.steps.distances.title },
                  })}
                >
                  {logit.toFixed(2)}
                </Num>
              </td>
              <td>
                <Num origin={() => scoreOrigin(label, { logit, score }, logits, scoring.scoreFunction)}>
                  {(score * 100).toFixed(2)} %
                </Num>
              </td>
              <td className="bar-cell">
                <span className="bar" style={{ width: `${score * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Step>
  );
}

function scoreOrigin(
  label: string,
  { logit, score }: { logit: number; score: number },
  logits: readonly number[],
  how: "softmax" | "sigmoid",
): Origin {
  if (how === "sigmoid") {
    return {
      title: words.scoreTitle(label),
      lines: [words.sigmoid, `1 / (1 + exp(-${shown(logit)})) = ${shown(score)}`],
    };
  }
  const sum = logits.reduce((total, each) => total + Math.exp(each - logits[0]!), 0);
  return {
    title: words.scoreTitle(label),
    lines: [
      words.softmax(logits.length),
      `exp(${shown(logit)}) / ${logits
        .slice(0, 3)
        .map((each) => `exp(${shown(each)})`)
        .join(" + ")}${logits.length > 3 ? " + …" : ""}`,
      `= ${shown(Math.exp(logit - logits[0]!))} / ${shown(sum)} = ${shown(score)}`,
    ],
  };
}
