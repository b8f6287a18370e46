import { fileOf, isLong, labelsCode, labelsWord, ownTemplates, shellWord } from "../../code/words.js";
import type { Explained } from "./use-explanation.js";

export function commandOf({ picture, labels, templates, model }: Explained): string {
  const names = labels.map(({ label }) => label);
  const id = model.model?.id;
  const words = [
    "nearlabel explain",
    shellWord(fileOf(picture)),
    "--labels",
    labelsWord(names),
    ...ownTemplates(templates).flatMap((template) => ["--template", shellWord(template)]),
    ...(id && id !== "mini" ? ["--model", shellWord(id)] : []),
    "--original",
  ];
  return words.join(" ");
}

export function codeOf({ picture, labels, templates, model }: Explained): string {
  const names = labels.map(({ label }) => label);
  const own = ownTemplates(templates);
  const options = own.length > 0 ? `, { templates: ${JSON.stringify(own)} }` : "";
  const imports = [
    "explain",
    "explainTutorial",
    "imageFile",
    "loadModel",
    ...(isLong(names) ? ["readLabels"] : []),
  ];
  return `import { ${imports.join(", ")} } from "nearlabel";

await using model = await loadModel(${JSON.stringify(model.model?.id ?? "mini")});
const labels = ${labelsCode(names)};
const explanation = await explain(imageFile(${JSON.stringify(fileOf(picture))}), labels, model${options});
const tutorial = await explainTutorial(explanation, model);`;
}
