import type { Label } from "nearlabel/client";
import { type FormEvent, useId, useState } from "react";
import { Button } from "../../parts/button.js";
import { Field } from "../../parts/field.js";
import { text } from "../../text/en.js";

const words = text.labelSets;

/** One label: its name, the words for templates, its own prompts, and what it is a kind of. */
export function LabelForm({
  label,
  others,
  isReadOnly,
  onChange,
  onRemove,
}: {
  label: Label;
  others: readonly Label[];
  isReadOnly: boolean;
  onChange: (label: Label) => void;
  onRemove: () => void;
}) {
  const [name, setName] = useState(label.label);
  const [className, setClassName] = useState(label.className ?? "");
  const [parent, setParent] = useState(label.parent ?? "");
  const [prompts, setPrompts] = useState(label.prompts?.join(" | ") ?? "");
  const id = useId();
  const isTaken = others.some((other) => other.label === name.trim());
  const problem = name.trim() === "" ? words.nameEmpty : isTaken ? words.labelTaken : undefined;
  const loops = isBelow(parent, label.label, others) || parent === name;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (problem || loops) return;
    const own = prompts
      .split("|")
      .map((prompt) => prompt.trim())
      .filter((prompt) => prompt !== "");
    onChange({
      label: name.trim(),
      ...(className.trim() && { className: className.trim() }),
      ...(own.length > 0 && { prompts: own }),
      ...(parent.trim() && { parent: parent.trim() }),
    });
  };
  return (
    <form className="label-form" onSubmit={submit}>
      <Field
        label={words.label}
        problem={problem}
        readOnly={isReadOnly}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Field
        label={words.className}
        note={words.classNameNote}
        placeholder={name.replaceAll("_", " ")}
        readOnly={isReadOnly}
        value={className}
        onChange={(event) => setClassName(event.target.value)}
      />
      <Field
        label={words.parent}
        note={words.parentNote}
        problem={loops ? words.parentLoop : undefined}
        list={id}
        readOnly={isReadOnly}
        value={parent}
        onChange={(event) => setParent(event.target.value)}
      />
      <datalist id={id}>
        {[...new Set(others.flatMap((other) => [other.label, other.parent ?? other.label]))].map((each) => (
          <option key={each} value={each} />
        ))}
      </datalist>
      <Field
        label={words.prompts}
        note={words.promptsNote}
        readOnly={isReadOnly}
        value={prompts}
        onChange={(event) => setPrompts(event.target.value)}
      />
      {!isReadOnly && (
        <div className="buttons">
          <Button type="submit">{words.apply}</Button>
          <Button onPress={onRemove}>{words.removeLabel}</Button>
        </div>
      )}
    </form>
  );
}

/** Whether `name` stands somewhere below `above`. */
function isBelow(name: string, above: string, labels: readonly Label[]): boolean {
  const parents = new Map(labels.map(({ label, parent }) => [label, parent]));
  const passed = new Set<string>();
  for (let at: string | undefined = name; at && !passed.has(at); at = parents.get(at)) {
    if (at === above) return true;
    passed.add(at);
  }
  return false;
}
