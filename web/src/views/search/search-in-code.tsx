import { shellWord } from "../../code/words.js";
import { SameInCode } from "../../parts/same-in-code.js";
import { conditionOf, type Query, type Term, termsOf } from "./query.js";

/** The search as a command and as a program. */
export function SearchInCode({ table, query }: { table: string; query: Query }) {
  return <SameInCode command={commandOf(table, query)} code={codeOf(table, query)} />;
}

function commandOf(table: string, query: Query): string {
  const terms = termsOf(query);
  const where = conditionOf(query.filters);
  const parts = [
    "nearlabel search",
    ...wordsOf(terms, false).map(shellWord),
    ...wordsOf(terms, true).map((words) => `--minus ${shellWord(words)}`),
    ...picturesOf(terms).map(() => "--image picture.jpg"),
    `--table ${shellWord(`${table}.db`)}`,
    ...(where === undefined ? [] : [`--where ${shellWord(where)}`]),
    ...(query.beyond ? ["--all"] : []),
  ];
  if (terms.length === 0) {
    const condition = where === undefined ? "" : ` --where ${shellWord(where)}`;
    return `nearlabel images list ${shellWord(`${table}.db`)}${condition}`;
  }
  return parts.join(" ");
}

function codeOf(table: string, query: Query): string {
  const terms = termsOf(query);
  const where = conditionOf(query.filters);
  const options = [
    ...(terms.length > 0 ? ["model"] : []),
    ...(where === undefined ? [] : [`where: ${JSON.stringify(where)}`]),
    ...(query.beyond && terms.length > 0 ? ["all: true"] : []),
  ];
  const open = `const table = await openImageTable(${JSON.stringify(`${table}.db`)});`;
  if (terms.length === 0) {
    return `import { openImageTable } from "nearlabel";

${open}
for await (const image of table.images({ ${options.join(", ")} })) console.log(image.path);`;
  }
  const hasPictures = picturesOf(terms).length > 0;
  return `import { ${hasPictures ? "imageFile, " : ""}loadModel, openImageTable, search } from "nearlabel";

${open}
const model = await loadModel(table.info.model);
const query = [${terms.map(termInCode).join(", ")}];
const { results } = await search(table, query, { ${options.join(", ")} });`;
}

function termInCode({ kind, value, minus }: Term): string {
  const what = kind === "words" ? `text: ${JSON.stringify(value)}` : `image: imageFile("picture.jpg")`;
  return `{ ${what}${minus ? ", weight: -1" : ""} }`;
}

function wordsOf(terms: readonly Term[], minus: boolean): string[] {
  return terms.filter((term) => term.kind === "words" && term.minus === minus).map(({ value }) => value);
}

function picturesOf(terms: readonly Term[]): readonly Term[] {
  return terms.filter(({ kind }) => kind !== "words");
}
