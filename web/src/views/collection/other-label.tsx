import { type FormEvent, useState } from "react";
import { Button } from "../../parts/button.js";
import { Field } from "../../parts/field.js";
import { text } from "../../text/en.js";

/** A label that is not offered, to be typed. */
export function OtherLabel({ onGive }: { onGive: (label: string) => void }) {
  const [label, setLabel] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (label.trim() === "") return;
    onGive(label.trim());
    setLabel("");
  };
  return (
    <form className="other-label" onSubmit={submit}>
      <Field
        label={text.collection.otherLabel}
        value={label}
        autoComplete="off"
        autoCapitalize="off"
        onChange={(event) => setLabel(event.target.value)}
      />
      <Button type="submit">{text.collection.giveOther}</Button>
    </form>
  );
}
