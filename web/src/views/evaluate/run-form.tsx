import type { EvaluationRunRequest, Model } from "nearlabel/client";
import { useId, useState } from "react";
import { Button } from "../../parts/button.js";
import { Chips } from "../../parts/chips.js";
import { Choice, Tick } from "../../parts/field.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { namesOf } from "./evaluate-in-code.js";

const words = text.evaluate;

/** Stands for labels that are typed here. No label set has such a name. */
const TYPED = "+";

/** One column of the comparison: a model, labels and templates. */
export function RunForm(props: {
  readonly position: number;
  readonly run: EvaluationRunRequest;
  readonly models: readonly Model[];
  readonly onChange: (run: EvaluationRunRequest, options?: { replace?: boolean }) => void;
  readonly onRemove: (() => void) | undefined;
}) {
  const { position, run, models, onChange, onRemove } = props;
  const { value: sets = [] } = useAnswer("label sets", (client, options) => client.labelSets.list(options));
  const set = run.labelSet?.replace(/@.*/, "");
  return (
    <li className="run-wanted" aria-label={words.run(position + 1)}>
      <div className="run-head">
        <h3>{words.run(position + 1)}</h3>
        {onRemove && (
          <Button kind="quiet" onPress={onRemove} aria-label={words.removeRun(position + 1)}>
            {words.remove}
          </Button>
        )}
      </div>
      <div className="evaluate-fields">
        {models.length > 1 && (
          <Choice
            label={words.model}
            value={run.model ?? models[0]!.id}
            onChange={(event) => onChange({ ...run, model: event.target.value })}
          >
            {models.map(({ id }) => (
              <option key={id}>{id}</option>
            ))}
          </Choice>
        )}
        <Choice
          label={words.labels}
          value={set ?? (run.labels ? TYPED : "")}
          onChange={(event) => onChange(withLabels(run, event.target.value))}
        >
          <option value="">{words.ownLabels}</option>
          <option value={TYPED}>{words.typedLabels}</option>
          {sets.map(({ name, labels }) => (
            <option key={name} value={name}>
              {words.labelSet(name, labels)}
            </option>
          ))}
        </Choice>
      </div>
      {run.labels && (
        <Chips
          label={words.theLabels}
          note={run.labels.length > 0 ? words.givenLabels(run.labels.length) : words.noLabels}
          items={namesOf(run.labels)}
          placeholder={text.labels.placeholder}
          onChange={(names) => onChange({ ...run, labels: names })}
        />
      )}
      {!run.original && <Templates run={run} onChange={onChange} />}
      <Tick
        label={words.original}
        note={words.originalNote}
        checked={run.original ?? false}
        onChange={(event) => {
          const { original: _, templates: __, ...rest } = run;
          onChange(event.target.checked ? { ...rest, original: true } : rest);
        }}
      />
    </li>
  );
}

/** Templates, one a line; those that are wrong stay here until they are right. */
function Templates({
  run,
  onChange,
}: {
  run: EvaluationRunRequest;
  onChange: (run: EvaluationRunRequest, options?: { replace?: boolean }) => void;
}) {
  const id = useId();
  const kept = (run.templates ?? []).join("\n");
  const [draft, setDraft] = useState(kept);
  const isWrong = linesOf(draft).some((line) => line.split("{}").length !== 2);
  const shown = linesOf(draft).join("\n") === kept || isWrong ? draft : kept;
  const type = (value: string) => {
    setDraft(value);
    const { templates: _, ...rest } = run;
    const lines = linesOf(value);
    if (lines.every((line) => line.split("{}").length === 2)) {
      onChange(lines.length > 0 ? { ...rest, templates: lines } : rest, { replace: true });
    }
  };
  return (
    <div className="field">
      <label className="field-label" htmlFor={id}>
        {words.templates}
      </label>
      <textarea
        id={id}
        className="input"
        rows={Math.min(6, Math.max(2, shown.split("\n").length))}
        aria-describedby={`${id}-note`}
        aria-invalid={isWrong}
        placeholder="a photo of a {}"
        value={shown}
        onChange={(event) => type(event.target.value)}
      />
      <p id={`${id}-note`} className={isWrong ? "field-problem" : "field-note"}>
        {isWrong ? text.templates.problem : text.templates.note}
      </p>
    </div>
  );
}

function linesOf(value: string): string[] {
  return value
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function withLabels(run: EvaluationRunRequest, labelSet: string): EvaluationRunRequest {
  const { labels: _, labelSet: __, ...rest } = run;
  if (labelSet === TYPED) return { ...rest, labels: [] };
  return labelSet === "" ? rest : { ...rest, labelSet };
}
