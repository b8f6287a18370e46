import { useId } from "react";
import { NextStep } from "./next-step.js";

interface Entry {
  readonly key: string;
  /** How many, or which. */
  readonly head: string;
  readonly code: string;
  readonly message: string;
}

interface FailureListProps {
  title: string;
  entries: Entry[];
  note: string;
  /** What can be done about it. */
  command: string;
}

/** What went wrong, by its kind. */
export function FailureList({ title, entries, note, command }: FailureListProps) {
  const id = useId();
  return (
    <section className="job-failures" aria-labelledby={id}>
      <h3 id={id}>{title}</h3>
      <ul>
        {entries.map(({ key, head, code, message }) => (
          <li key={key}>
            <span>{head}</span>
            <span>
              {message} <span className="muted">{code}</span>
            </span>
          </li>
        ))}
      </ul>
      <NextStep text={note} command={command} />
    </section>
  );
}
