import { type FormEvent, useState } from "react";
import { takeKey, useConnection } from "../server/server.js";
import { text } from "../text/en.js";
import { Button } from "./button.js";
import { Field } from "./field.js";
import "./error-note.css";

/** Asks for an API key, where the server wants one or another. */
export function KeyForm() {
  const { keyProblem } = useConnection();
  const [key, setKey] = useState("");
  if (keyProblem === undefined) return null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) takeKey(key.trim());
  };
  return (
    <form className="error-note key-form" onSubmit={submit}>
      <p role="alert">{keyProblem}</p>
      <Field
        label={text.error.key}
        note={text.error.keyNote}
        type="password"
        autoComplete="off"
        value={key}
        onChange={(event) => setKey(event.target.value)}
      />
      <Button type="submit" kind="main">
        {text.error.useKey}
      </Button>
    </form>
  );
}
