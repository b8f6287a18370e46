import type { EvaluationRequest, EvaluationRunRequest } from "nearlabel/client";
import { isLong, labelsCode, labelsWord, shellWord } from "../../code/words.js";

/** What is evaluated, as a command. Runs that differ in more than one thing are commands of their own. */
export function commandOf(request: EvaluationRequest): string {
  const { dataset, split, sample, runs } = request;
  const base = [
    "nearlabel evaluate --dataset",
    shellWord(`${dataset}/`),
    ...(split === undefined ? [] : ["--split", shellWord(split)]),
    ...(sample === undefined ? [] : ["--sample", String(sample)]),
  ];
  return runs
    .map((run, at) =>
      [...base, ...flagsOf(run), "--report", `report${at === 0 ? "" : at + 1}.html`].join(" "),
    )
    .join("\n");
}

function flagsOf({ model, labels, labelSet, templates = [], original }: EvaluationRunRequest): string[] {
  return [
    ...(model === undefined || model === "mini" ? [] : ["--model", shellWord(model)]),
    ...(labels ? ["--labels", labelsWord(namesOf(labels))] : []),
    ...(labelSet === undefined ? [] : ["--labels", shellWord(`${labelSet}.csv`)]),
    ...templates.flatMap((template) => ["--template", shellWord(template)]),
    ...(original ? ["--original"] : []),
  ];
}

/** All runs in one program, which compares them on the same pictures. */
export function codeOf({ dataset, split, sample, seed = 0, runs }: EvaluationRequest): string {
  const hasFile = runs.some(
    ({ labels, labelSet }) => labelSet !== undefined || (labels && isLong(namesOf(labels))),
  );
  const hasList = runs.some(({ labels, labelSet }) => labelSet === undefined && !isLong(namesOf(labels)));
  const models = [...new Set(runs.map(({ model = "mini" }) => model))];
  const names = models.map((_, at) => (at === 0 ? "model" : `model${at + 1}`));
  const imports = [
    "evaluate",
    "loadModel",
    "openDataset",
    ...(hasFile ? ["readLabels"] : []),
    ...(hasList ? ["labelSet"] : []),
  ];
  const options = split === undefined ? "" : `, { split: ${JSON.stringify(split)} }`;
  return [
    `import { ${imports.sort().join(", ")} } from "nearlabel";`,
    ...(sample === undefined ? [] : ['import { sample } from "nearlabel/datasets";']),
    "",
    `const ${sample === undefined ? "dataset" : "all"} = await openDataset(${JSON.stringify(`${dataset}/`)}${options});`,
    ...(sample === undefined ? [] : [`const dataset = await sample(all, ${sample}, ${seed});`]),
    ...models.map((model, at) => `const ${names[at]} = await loadModel(${JSON.stringify(model)});`),
    "const { evaluation } = await evaluate({",
    "  dataset,",
    "  runs: [",
    ...runs.map((run, at) => `    ${runInCode(run, at, names[models.indexOf(run.model ?? "mini")]!)},`),
    "  ],",
    "});",
  ].join("\n");
}

function runInCode(
  { labels, labelSet, templates = ["a photo of a {}"], original }: EvaluationRunRequest,
  at: number,
  model: string,
): string {
  return `{ ${[
    `name: "run ${at + 1}"`,
    model === "model" ? "model" : `model: ${model}`,
    `labels: ${labelsInCode(labels, labelSet)}`,
    `templates: ${JSON.stringify(templates)}`,
    ...(original ? ['method: "original"'] : []),
  ].join(", ")} }`;
}

function labelsInCode(labels: EvaluationRunRequest["labels"], labelSet: string | undefined): string {
  if (labelSet !== undefined) return `await readLabels(${JSON.stringify(`${labelSet}.csv`)})`;
  if (!labels) return "labelSet(dataset.labels)";
  const names = namesOf(labels);
  return isLong(names) ? labelsCode(names) : `labelSet(${labelsCode(names)})`;
}

/** The names of labels that were typed. */
export function namesOf(labels: EvaluationRunRequest["labels"] = []): string[] {
  return labels.map((label) => (typeof label === "string" ? label : label.label));
}
