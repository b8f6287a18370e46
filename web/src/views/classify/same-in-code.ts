import type { ChosenPicture } from "../../chosen/pictures.js";
import { fileOf, isLong, labelsCode, labelsWord, ownTemplates, shellWord } from "../../code/words.js";
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

export function commandOf({ pictures, labels, templates, model, scoring }: Shown): string {
  const { multiLabel, unknown, threshold } = scoring;
  const words = [
    "nearlabel classify",
    ...(pictures.length > 0 ? pictures.map(fileOf).map(shellWord) : ["photo.jpg"]),
    "--labels",
    labelsWord(labels),
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
  const isRead = isLong(labels) || unknown === "negative-labels";
  const isWithWords = unknown === "negative-labels";
  const options = {
    labels: labelsCode(labels),
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
    `import { classify${isRead ? ", readLabels" : ""} } from "nearlabel";`,
    "",
    ...(isWithWords ? [words] : []),
    `const results = await classify(${JSON.stringify(files)}, {`,
    ...lines,
    "});",
  ].join("\n");
}
