import type { Table } from "nearlabel/client";
import type { ReactNode } from "react";
import { Empty } from "../parts/empty.js";
import { ErrorNote } from "../parts/error-note.js";
import { Choice } from "../parts/field.js";
import { Loading } from "../parts/loading.js";
import { setParameters } from "../route.js";
import { text } from "../text/en.js";
import { useTable } from "./use-table.js";
import "./tables.css";

/** What works with a table: it waits for the server's tables, and says how to make one where there is none. */
export function TableFrame({ children }: { children: (table: Table) => ReactNode }) {
  const { table, answer } = useTable();
  if (table) return children(table);
  if (answer.error !== undefined) return <ErrorNote error={answer.error} again={answer.again} />;
  if (!answer.value) return <Loading />;
  return (
    <Empty title={text.tables.none}>
      <p>{text.tables.howToMake}</p>
      <pre className="command">
        <code>{text.tables.commands}</code>
      </pre>
    </Empty>
  );
}

/** Which table; not shown where there is but one. */
export function TableChoice() {
  const { table, tables } = useTable();
  if (!table || tables.length < 2) return null;
  return (
    <Choice
      label={text.tables.table}
      value={table.name}
      onChange={(event) => setParameters({ table: event.target.value })}
    >
      {tables.map(({ name, count }) => (
        <option key={name} value={name}>
          {text.tables.named(name, count)}
        </option>
      ))}
    </Choice>
  );
}
