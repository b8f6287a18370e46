import { useState } from "react";
import { templateSet } from "../../../../src/labels/prompts/templates.js";
import { Field } from "../../parts/field.js";
import { setParameters, useRoute } from "../../route.js";
import { text } from "../../text/en.js";
import type { Content } from "./difference.js";
import { type Draft, withLabel, withoutLabel } from "./draft.js";
import { LabelForm } from "./label-form.js";
import { LabelTree } from "./label-tree.js";

const words = text.labelSets;

/** The labels of a set as a tree, the one that is chosen as a form, and the templates. */
export function LabelEditor({
  shown,
  isReadOnly,
  onChange,
}: {
  shown: Draft;
  isReadOnly: boolean;
  onChange: (part: Partial<Content>) => void;
}) {
  const { parameters } = useRoute();
  const { labels } = shown;
  const chosen = labels.find(({ label }) => label === parameters.get("label"));
  const choose = (label: string | undefined) => setParameters({ label }, { replace: true });
  return (
    <div className="label-editor">
      <div className="label-list">
        {!isReadOnly && <AddLabels shown={shown} onChange={onChange} />}
        <LabelTree labels={labels} chosen={chosen?.label} onChoose={choose} />
      </div>
      <div className="label-side">
        {chosen ? (
          <LabelForm
            key={chosen.label}
            label={chosen}
            others={labels.filter((each) => each !== chosen)}
            isReadOnly={isReadOnly}
            onChange={(next) => {
              onChange({ labels: withLabel(labels, chosen.label, next) });
              choose(next.label);
            }}
            onRemove={() => {
              onChange({ labels: withoutLabel(labels, chosen.label) });
              choose(undefined);
            }}
          />
        ) : (
          <p className="muted">{words.chooseLabel}</p>
        )}
        <Templates shown={shown} isReadOnly={isReadOnly} onChange={onChange} />
      </div>
    </div>
  );
}

function AddLabels({ shown, onChange }: { shown: Draft; onChange: (part: Partial<Content>) => void }) {
  const [typed, setTyped] = useState("");
  const [note, setNote] = useState("");
  const add = (list: string) => {
    const known = new Set(shown.labels.map(({ label }) => label));
    const names = [...new Set(list.split(/[\n\r,;\t]+/).map((name) => name.trim()))].filter(
      (name) => name !== "",
    );
    const fresh = names.filter((name) => !known.has(name));
    if (fresh.length > 0) onChange({ labels: [...shown.labels, ...fresh.map((label) => ({ label }))] });
    setNote(fresh.length < names.length ? text.chips.twice(names.filter((name) => known.has(name))) : "");
    setTyped("");
  };
  return (
    <Field
      label={words.addLabels}
      note={note || words.addNote}
      value={typed}
      autoComplete="off"
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={(event) => event.key === "Enter" && add(typed)}
      onPaste={(event) => {
        const pasted = event.clipboardData.getData("text");
        if (!/[\n,;\t]/.test(pasted)) return;
        event.preventDefault();
        add(typed + pasted);
      }}
    />
  );
}

function Templates({
  shown,
  isReadOnly,
  onChange,
}: {
  shown: Draft;
  isReadOnly: boolean;
  onChange: (part: Partial<Content>) => void;
}) {
  const [typed, setTyped] = useState<string>();
  const [problem, setProblem] = useState<string>();
  const leave = () => {
    if (typed === undefined) return;
    const templates = typed.split("\n").filter((line) => line.trim() !== "");
    try {
      onChange({ templates: templateSet(templates) });
      setTyped(undefined);
      setProblem(undefined);
    } catch {
      setProblem(text.templates.problem);
    }
  };
  return (
    <div className="field">
      <label className="field-label" htmlFor="set-templates">
        {text.templates.label}
      </label>
      <textarea
        id="set-templates"
        className="input"
        rows={3}
        readOnly={isReadOnly}
        aria-invalid={problem !== undefined}
        aria-describedby="set-templates-note"
        value={typed ?? shown.templates.join("\n")}
        onChange={(event) => setTyped(event.target.value)}
        onBlur={leave}
      />
      <p id="set-templates-note" className={problem ? "field-problem" : "field-note"}>
        {problem ?? text.templates.note}
      </p>
    </div>
  );
}
