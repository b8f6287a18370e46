import type { EvaluationRequest, EvaluationRunRequest } from "nearlabel/client";

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
    ...(labels ? ["--labels", "labels.txt"] : []),
    ...(labelSet === undefined ? [] : ["--labels", shellWord(`${labelSet}.csv`)]),
    ...templates.flatMap((template) => ["--template", shellWord(template)]),
    ...(original ? ["--original"] : []),
  ];
}

/** All runs in one program, which compares them on the same pictures. */
export function codeOf({ dataset, split, sample, seed = 0, runs }: EvaluationRequest): string {
  const hasFile = runs.some(({ labels, labelSet }) => labels || labelSet !== undefined);
  const hasOwn = runs.some(({ labels, labelSet }) => !labels && labelSet === undefined);
  const models = [...new Set(runs.map(({ model = "mini" }) => model))];
  const names = models.map((_, at) => (at === 0 ? "model" : `model${at + 1}`));
  const imports = [
    "evaluate",
    "loadModel",
    ...(hasFile ? ["readLabels"] : []),
    ...(hasOwn ? ["labelSet"] : []),
  ];
  const options = split === undefined ? "" : `, { split: ${JSON.stringify(split)} }`;
  return [
    `import { ${imports.sort().join(", ")} } from "nearlabel";`,
    `import { openDataset${sample === undefined ? "" : ", sample"} } from "nearlabel/datasets";`,
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
  const file = labels ? "labels.txt" : labelSet === undefined ? undefined : `${labelSet}.csv`;
  return `{ ${[
    `name: "run ${at + 1}"`,
    model === "model" ? "model" : `model: ${model}`,
    file === undefined
      ? "labels: labelSet(dataset.labels)"
      : `labels: await readLabels(${JSON.stringify(file)})`,
    `templates: ${JSON.stringify(templates)}`,
    ...(original ? ['method: "original"'] : []),
  ].join(", ")} }`;
}

function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
