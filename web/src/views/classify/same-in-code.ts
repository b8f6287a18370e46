import { DEFAULT_TEMPLATE } from "../../chosen/labels.js";
import type { ChosenPicture } from "../../chosen/pictures.js";
import type { Scoring } from "./scoring.js";
import { RIVAL_WORDS } from "./use-classes.js";

/** What the view shows, to be written as code. */
export interface Shown {
  readonly pictures: readonly ChosenPicture[];
  readonly labels: readonly string[];
  readonly templates: readonly string[];
  readonly model: string | undefined;
  readonly scoring: Scoring;
}

/** Labels that are written out; of more, a file is named in their place. */
const FEW = 30;

export function commandOf({ pictures, labels, templates, model, scoring }: Shown): string {
  const { multiLabel, unknown, threshold } = scoring;
  const words = [
    "nearlabel classify",
    ...(pictures.length > 0 ? pictures.map(fileOf).map(shellWord) : ["photo.jpg"]),
    "--labels",
    labels.length > FEW ? "labels.txt" : shellWord(labels.map(csvCell).join(",")),
    ...ownTemplates(templates).flatMap((template) => ["--template", shellWord(template)]),
    ...(multiLabel ? ["--multi-label"] : []),
    ...(unknown === "off" ? [] : ["--reject", `${unknown}:${threshold}`]),
    ...(unknown === "negative-labels" ? ["--negatives", `${RIVAL_WORDS}.txt`] : []),
    ...(model && model !== "mini" ? ["--model", shellWord(model)] : []),
  ];
  return words.join(" ");
}

export function codeOf({ pictures, labels, templates, model, scoring }: Shown): string {
  const { temperature, multiLabel, unknown, threshold } = scoring;
  const isLong = labels.length > FEW;
  const isWithWords = unknown === "negative-labels";
  const options = {
    labels: isLong ? 'await readLabels("labels.txt")' : JSON.stringify(labels),
    ...(ownTemplates(templates).length > 0 && { templates: JSON.stringify(templates) }),
    ...(temperature !== 1 && { temperature: String(temperature) }),
    ...(multiLabel && { multiLabel: "true" }),
    ...(unknown !== "off" && {
      reject: `{ method: "${unknown}", threshold: ${threshold}${isWithWords ? ", negatives" : ""} }`,
    }),
    ...(model && model !== "mini" && { model: JSON.stringify(model) }),
  };
  const files = pictures.length > 0 ? pictures.map(fileOf) : ["photo.jpg"];
  const lines = Object.entries(options).map(([name, value]) => `  ${name}: ${value},`);
  const words = `const negatives = (await readLabels("${RIVAL_WORDS}.txt")).map(({ label }) => label);`;
  return [
    `import { classify${isLong || isWithWords ? ", readLabels" : ""} } from "nearlabel";`,
    "",
    ...(isWithWords ? [words] : []),
    `const results = await classify(${JSON.stringify(files)}, {`,
    ...lines,
    "});",
  ].join("\n");
}

function fileOf({ id, name }: ChosenPicture): string {
  return id.startsWith("~") ? name : `samples/${name}`;
}

function ownTemplates(templates: readonly string[]): readonly string[] {
  return templates.length === 1 && templates[0] === DEFAULT_TEMPLATE ? [] : templates;
}

function csvCell(text: string): string {
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
