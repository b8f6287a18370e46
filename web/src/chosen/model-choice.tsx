import { Choice } from "../parts/field.js";
import { text } from "../text/en.js";
import type { ChosenModel } from "./model.js";

/** Nothing where there is only one. */
export function ModelChoice({ model: { models, model, choose } }: { model: ChosenModel }) {
  if (models.length < 2) return null;
  return (
    <Choice label={text.model.title} value={model?.id} onChange={(event) => choose(event.target.value)}>
      {models.map(({ id, dimension }) => (
        <option key={id} value={id}>
          {id} ({text.model.numbers(dimension)})
        </option>
      ))}
    </Choice>
  );
}
