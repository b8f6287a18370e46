import type { Table } from "nearlabel/client";
import { type FormEvent, useState } from "react";
import { Button } from "../../parts/button.js";
import { Choice, Field } from "../../parts/field.js";
import { useAnswer } from "../../server/use-answer.js";
import { text } from "../../text/en.js";
import { Chip } from "./chip.js";

type Kind = "text" | "name" | "number" | "time";

/** Columns that every table has, by what is compared with them. */
const COLUMNS: Readonly<Record<string, Kind>> = {
  label: "text",
  name: "name",
  width: "number",
  height: "number",
  bytes: "number",
  taken: "time",
  modified: "time",
  camera: "text",
};

const COMPARISONS: Readonly<Record<Kind, readonly string[]>> = {
  text: ["is", "is not", "contains"],
  name: ["contains"],
  number: [">=", "<=", "="],
  time: [">=", "<"],
};

/** Conditions as chips, of which all hold. */
export function Filters({
  table,
  filters,
  onChange,
}: {
  table: Table;
  filters: readonly string[];
  onChange: (filters: readonly string[]) => void;
}) {
  return (
    <section className="filters" aria-label={text.search.filters}>
      {filters.length > 0 && (
        <ul className="term-list">
          {filters.map((filter) => (
            <Chip
              key={filter}
              name={shown(filter)}
              onRemove={() => onChange(filters.filter((each) => each !== filter))}
            />
          ))}
        </ul>
      )}
      <details className="filter-new">
        <summary>{text.search.addFilter}</summary>
        <FilterForm
          table={table}
          onAdd={(filter) => filters.includes(filter) || onChange([...filters, filter])}
        />
      </details>
    </section>
  );
}

function FilterForm({ table, onAdd }: { table: Table; onAdd: (filter: string) => void }) {
  const columns = { ...COLUMNS, ...ownColumns(table) };
  const [column, setColumn] = useState("label");
  const kind = columns[column] ?? "text";
  const [comparison, setComparison] = useState("is");
  const [value, setValue] = useState("");
  const used = COMPARISONS[kind].includes(comparison) ? comparison : COMPARISONS[kind][0]!;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (value.trim() === "") return;
    onAdd(filterOf(column, kind, used, value.trim()));
    setValue("");
  };
  return (
    <form className="filter-form" onSubmit={submit}>
      <Choice label={text.search.column} value={column} onChange={(event) => setColumn(event.target.value)}>
        {Object.keys(columns).map((name) => (
          <option key={name} value={name}>
            {name}
          </option>
        ))}
        <option value={SQL}>{text.search.sql}</option>
      </Choice>
      {column !== SQL && (
        <Choice
          label={text.search.comparison}
          value={used}
          onChange={(event) => setComparison(event.target.value)}
        >
          {COMPARISONS[kind].map((name) => (
            <option key={name} value={name}>
              {text.search.comparisons[name as keyof typeof text.search.comparisons] ?? name}
            </option>
          ))}
        </Choice>
      )}
      <Field
        label={text.search.value}
        type={kind === "number" ? "number" : kind === "time" ? "date" : "text"}
        step="any"
        list={column === "label" ? "labels-of-table" : undefined}
        placeholder={column === SQL ? "width > height" : undefined}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      {column === "label" && <LabelOptions table={table.name} />}
      <Button type="submit">{text.search.add}</Button>
    </form>
  );
}

const SQL = "SQL";

/** The labels that pictures of the table have. */
function LabelOptions({ table }: { table: string }) {
  const { value } = useAnswer(`labels of ${table}`, (client, options) =>
    client.tables.labelCounts(table, options),
  );
  return (
    <datalist id="labels-of-table">
      {value?.counts.map(({ label }) => (
        <option key={label} value={label} />
      ))}
    </datalist>
  );
}

function ownColumns({ columns }: Table): Record<string, Kind> {
  const kinds: Readonly<Record<string, Kind>> = { string: "text", timestamp: "time" };
  return Object.fromEntries(
    Object.entries(columns)
      .filter(([, type]) => !["strings", "boolean"].includes(type))
      .map(([name, type]) => [name, kinds[type] ?? "number"]),
  );
}

/** The column `label` stands for the label that was found, or else the one that was given. */
const LABEL = "coalesce(label, given_label)";

function filterOf(column: string, kind: Kind, comparison: string, value: string): string {
  if (column === SQL) return value;
  const name = column === "label" ? LABEL : column;
  if (kind === "number") return `${name} ${comparison} ${Number(value)}`;
  if (comparison === "contains") return `contains(lower(${name}), ${sqlString(value.toLowerCase())})`;
  const sign = comparison === "is" ? "=" : comparison === "is not" ? "<>" : comparison;
  return `${name} ${sign} ${sqlString(value)}`;
}

function sqlString(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}

function shown(filter: string): string {
  return filter.replace(LABEL, "label");
}
