import { ServerError } from "nearlabel/client";
import { isAboutKey, useConnection } from "../server/server.js";
import { text } from "../text/en.js";
import { Button } from "./button.js";
import "./error-note.css";

/** What went wrong, as the server says it, and what can be done. Nothing where the page's head says it: that the server is away, or wants a key. */
export function ErrorNote({ error, again }: { error: unknown; again?: (() => void) | undefined }) {
  const { isAway, keyProblem } = useConnection();
  if (error === undefined) return null;
  const { code, message, requestId } = readable(error);
  if (isAboutKey({ code }) && message === keyProblem) return null;
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

function readable(error: unknown): { code: string; message: string; requestId?: string | undefined } {
  if (error instanceof ServerError) return error;
  return { code: "INTERNAL", message: error instanceof Error ? error.message : String(error) };
}
