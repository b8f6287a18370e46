import type { ChosenModel } from "../../chosen/model.js";
import { ModelChoice } from "../../chosen/model-choice.js";
import { Choice, Slider, Tick } from "../../parts/field.js";
import { text } from "../../text/en.js";
import { type Scoring, UNKNOWN_METHODS, type UnknownMethod } from "./scoring.js";

const words = text.classify.scoring;

/** Temperature, multi-label, and what counts as unknown. */
export function ScoringInput({
  scoring,
  model,
}: {
  scoring: Scoring & { change(part: Partial<Scoring>): void };
  model: ChosenModel;
}) {
  const { temperature, multiLabel, unknown, threshold, change } = scoring;
  return (
    <details className="panel" open={unknown !== "off" || multiLabel || temperature !== 1 || undefined}>
      <summary>{words.title}</summary>
      <div className="panel-body">
        <ModelChoice model={model} />
        <Slider
          label={words.temperature}
          note={words.temperatureNote}
          shown={temperature.toPrecision(2)}
          min={-3}
          max={3}
          step={0.05}
          value={Math.log(temperature)}
          disabled={multiLabel && model.model?.scoring.scoreFunction === "softmax"}
          onChange={(event) => change({ temperature: rounded(Math.exp(Number(event.target.value))) })}
        />
        <Tick
          label={words.multiLabel}
          note={words.multiLabelNote}
          checked={multiLabel}
          onChange={(event) => change({ multiLabel: event.target.checked })}
        />
        <Choice
          label={words.unknown}
          note={words.unknownNotes[unknown]}
          value={unknown}
          onChange={(event) => change({ unknown: event.target.value as UnknownMethod })}
        >
          {UNKNOWN_METHODS.map((method) => (
            <option key={method} value={method}>
              {words.unknownMethods[method]}
            </option>
          ))}
        </Choice>
        {unknown !== "off" && (
          <Slider
            label={words.threshold}
            shown={threshold.toFixed(3)}
            min={0}
            max={1}
            step={0.005}
            value={threshold}
            onChange={(event) => change({ threshold: Number(event.target.value) })}
          />
        )}
      </div>
    </details>
  );
}

function rounded(value: number): number {
  return Number(value.toPrecision(2));
}
