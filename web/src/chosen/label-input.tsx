import { useMemo, useState } from "react";
import { Chips } from "../parts/chips.js";
import { ErrorNote } from "../parts/error-note.js";
import { Choice } from "../parts/field.js";
import { useAnswer } from "../server/use-answer.js";
import { text } from "../text/en.js";
import type { ChosenLabels } from "./labels.js";
import { TemplateInput } from "./template-input.js";
import "./inputs.css";

/** Lists that come with nearlabel. */
const LISTS = ["labels", "cifar-100", "everyday-words"] as const;

/** Labels as chips, from a set or typed, and the templates that they are put into. */
export function LabelInput({ labels, onDraft }: { labels: ChosenLabels; onDraft?: (draft: string) => void }) {
  const names = useMemo(() => labels.labels.map(({ label }) => label), [labels.labels]);
  return (
    <section className="panel-open" aria-label={text.labels.title}>
      <Chips
        label={text.labels.title}
        note={names.length > 0 ? text.labels.count(names.length) : undefined}
        items={names}
        onChange={labels.change}
        placeholder={text.labels.placeholder}
        {...(onDraft && { onDraft })}
      />
      <SetChoice labels={labels} />
      <TemplateInput labels={labels} />
    </section>
  );
}

function SetChoice({ labels: { set, choose, answer } }: { labels: ChosenLabels }) {
  const { value: sets = [], error } = useAnswer("label sets", (client, options) =>
    client.labelSets.list(options),
  );
  const [before, setBefore] = useState<string>();
  return (
    <div>
      <Choice
        label={text.labels.set}
        value={set ?? ""}
        onChange={(event) => {
          setBefore(set);
          choose(event.target.value || undefined);
        }}
      >
        <option value="">{text.labels.noSet}</option>
        <optgroup label={text.labels.lists}>
          {LISTS.map((name) => (
            <option key={name} value={`+${name}`}>
              {text.labels.listNames[name]}
            </option>
          ))}
        </optgroup>
        {sets.length > 0 && (
          <optgroup label={text.labels.saved}>
            {sets.map(({ name, version, labels }) => (
              <option key={name} value={`${name}@${version}`}>
                {text.labels.setName(name, version, labels)}
              </option>
            ))}
            {set &&
              !set.startsWith("+") &&
              !sets.some(({ name, version }) => `${name}@${version}` === set) && (
                <option value={set}>{set}</option>
              )}
          </optgroup>
        )}
      </Choice>
      <ErrorNote
        error={error ?? answer.error}
        again={before === undefined ? undefined : () => choose(before)}
      />
    </div>
  );
}
