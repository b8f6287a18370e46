import type { ChosenLabels } from "../../chosen/labels.js";
import { isLong, labelsCode, labelsWord, ownTemplates, shellWord } from "../../code/words.js";
import { SameInCode } from "../../parts/same-in-code.js";

/** Labels for a whole table as a command and as a program. */
export function LabelsInCode({ table, labels }: { table: string; labels: ChosenLabels }) {
  const names = labels.labels.map(({ label }) => label);
  const own = ownTemplates(labels.templates);
  const command = [
    `nearlabel classify --table ${shellWord(`${table}.db`)}`,
    `--labels ${names.length > 0 ? labelsWord(names) : "labels.txt"}`,
    ...own.map((template) => `--template ${shellWord(template)}`),
    "--save labels",
  ].join(" ");
  const code = `import { labelTable, openImageTable${isLong(names) ? ", readLabels" : ""} } from "nearlabel";

const table = await openImageTable(${JSON.stringify(`${table}.db`)});
const { counts } = await labelTable(table, {
  labels: ${labelsCode(names)},${own.length === 0 ? "" : `\n  templates: ${JSON.stringify(own)},`}
  save: "labels",
});`;
  return <SameInCode command={command} code={code} />;
}
