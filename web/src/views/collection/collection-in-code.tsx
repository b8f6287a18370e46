import { type ChosenLabels, DEFAULT_TEMPLATE } from "../../chosen/labels.js";
import { SameInCode } from "../../parts/same-in-code.js";

/** Labels for a whole table as a command and as a program. */
export function LabelsInCode({ table, labels }: { table: string; labels: ChosenLabels }) {
  const names = labels.labels.map(({ label }) => label);
  const own = labels.templates.join() === DEFAULT_TEMPLATE ? [] : labels.templates;
  const command = [
    `nearlabel classify --table ${table}.db`,
    names.length > 0 ? `--labels ${quoted(names.join(","))}` : "--labels labels.txt",
    ...own.map((template) => `--template ${quoted(template)}`),
    "--save labels",
  ].join(" ");
  const code = `import { labelTable, openImageTable } from "nearlabel";

const table = await openImageTable(${JSON.stringify(`${table}.db`)});
const { counts } = await labelTable(table, {
  labels: ${JSON.stringify(names)},${own.length === 0 ? "" : `\n  templates: ${JSON.stringify(own)},`}
  save: "labels",
});`;
  return <SameInCode command={command} code={code} />;
}

function quoted(value: string): string {
  return `"${value.replaceAll(/["\\$`]/g, "\\$&")}"`;
}
