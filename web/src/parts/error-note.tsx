import { ServerError } from "nearlabel/client";
import { type FormEvent, useState } from "react";
import { takeKey, useConnection } from "../server/server.js";
import { text } from "../text/en.js";
import { Button } from "./button.js";
import { Field } from "./field.js";
import "./error-note.css";

/** What went wrong, as the server says it, and what can be done. Nothing while the server is away: the page's head says so. */
export function ErrorNote({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  const { isAway } = useConnection();
  if (error === undefined) return null;
  const { code, message, requestId } = readable(error);
  if (code === "KEY_INVALID" || code === "KEY_SCOPE") return <KeyForm message={message} />;
  if (code === "SERVER_UNREACHABLE" && isAway) return null;
  return (
    <div className="error-note" role="alert">
      <p>{message}</p>
      <p className="error-code">
        {code}
        {requestId && ` · ${text.error.request} ${requestId}`}
      </p>
      {again && <Button onPress={again}>{text.error.again}</Button>}
    </div>
  );
}

/** Asks for the API key that the server wants. */
function KeyForm({ message }: { message: string }) {
  const [key, setKey] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (key.trim()) takeKey(key.trim());
  };
  return (
    <form className="error-note" onSubmit={submit}>
      <p role="alert">{message}</p>
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

function readable(error: unknown): { code: string; message: string; requestId?: string | undefined } {
  if (error instanceof ServerError) return error;
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
