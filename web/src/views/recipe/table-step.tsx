import type { Explanation } from "nearlabel/client";
import { Fragment } from "react";
import { text } from "../../text/en.js";
import { Num } from "./origin.js";
import { Step } from "./step.js";
import { labelNumberOrigin } from "./vector-steps.js";
import { rowOf } from "./vectors.js";

const words = text.recipe;

/** The label index as LanceDB holds it. */
export function TableStep({ explanation }: { explanation: Explanation }) {
  const { labels, classEmbeddings, table } = explanation;
  const rows = labels.slice(0, 6);
  return (
    <Step name="table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <section className="scrolls" tabIndex={0} aria-label={words.steps.table.title}>
        <table className="values">
          <thead>
            <tr>
              {table.columns.map(({ name, type }) => (
                <th key={name} scope="col">
                  {name} <span className="muted">{type}</span>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map(({ label, className, prompts, parent }, at) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                <td>{className}</td>
                <td>{prompts ? prompts.join("; ") : "–"}</td>
                <td>{parent ?? "–"}</td>
                <td>{at}</td>
                <td>
                  {rowOf(classEmbeddings, at)
                    .slice(0, 3)
                    .map((value, place) => (
                      <Fragment key={place}>
                        <Num origin={() => labelNumberOrigin(explanation, label, place)}>
                          {value.toFixed(3)}
                        </Num>
                        ,{" "}
                      </Fragment>
                    ))}
                  …
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {labels.length > rows.length && (
        <p className="field-note">{words.moreRows(labels.length - rows.length)}</p>
      )}
    </Step>
  );
}
