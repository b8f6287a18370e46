import type { LabelSetEntry } from "nearlabel/client";
import { text } from "../../text/en.js";

/** All sets, by name. */
export function SetList({
  sets,
  chosen,
  onChoose,
}: {
  sets: readonly LabelSetEntry[];
  chosen: string | undefined;
  onChoose: (name: string) => void;
}) {
  return (
    <ul className="set-list">
      {sets.map(({ name, version, labels, created }) => (
        <li key={name}>
          <button type="button" aria-current={name === chosen} onClick={() => onChoose(name)}>
            <span className="set-name">{name}</span>
            <span className="muted">
              {text.labels.count(labels)} · {text.labelSets.version(version)} · {day(created)}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}

/** The day of a time, as the person's machine writes it. */
export function day(time: string): string {
  return new Date(time).toLocaleDateString(undefined, { dateStyle: "medium" });
}
