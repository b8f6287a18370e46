import { ErrorNote } from "../../parts/error-note.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { differenceOf, isNone } from "./difference.js";
import type { Draft } from "./draft.js";

const words = text.labelSets;

/** What a set has that an earlier version of it had not, and the other way round. */
export function Compare({ name, version, shown }: { name: string; version: number; shown: Draft }) {
  const { value, error, again } = useAnswer(`${name} ${version}`, (client, { signal }) =>
    client.labelSets.get(name, { version, signal }),
  );
  if (!value) return <ErrorNote error={error} again={again} />;
  const difference = differenceOf(value, shown);
  const { added, removed, changed, templates } = difference;
  const lists = [
    ["+", words.added, [...added, ...templates.added]],
    ["−", words.removed, [...removed, ...templates.removed]],
    ["~", words.otherwise, changed],
  ] as const;
  return (
    <section className="compare" aria-label={words.comparedWith(version)}>
      <h3>{words.comparedWith(version)}</h3>
      {isNone(difference) && <p className="muted">{words.same}</p>}
      {lists.map(
        ([sign, title, names]) =>
          names.length > 0 && (
            <div key={sign}>
              <p className="muted">{title(names.length)}</p>
              <ul className="compared">
                {names.map((each) => (
                  <li key={each}>
                    <span aria-hidden="true">{sign}</span> {each}
                  </li>
                ))}
              </ul>
            </div>
          ),
      )}
    </section>
  );
}
