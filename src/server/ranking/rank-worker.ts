/** The entry of the thread that ranks a table: `workerData` is a `RankStart`. */
import { workerData } from "node:worker_threads";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import { answerQuestions } from "../threads/answer-questions.js";
import { learnFrom } from "./learning.js";
import { type LoadedTable, loadTable } from "./loaded-table.js";
import { createRanker } from "./ranking.js";
import type { RankQuestion, RankStart, TableIds, ThreadAnswer, ThreadQuestion } from "./table-ranker.js";
import { toldRanking } from "./told-ranking.js";

/** A table, and what ranks it: made with the scoring of the first question, that of the table's model, of which there is one. */
interface Ranked {
  readonly loaded: LoadedTable;
  ranker?: ReturnType<typeof createRanker>;
}

const { place } = workerData as RankStart;
let loading: Promise<Ranked> | undefined;
const table = openImageTable(place);

answerQuestions(async (question: ThreadQuestion, isOver): Promise<ThreadAnswer> => {
  if ("labels" in question) return rank(await current(), question, isOver);
  if (question.where !== undefined) return idsWhere(await table, question.where);
  const { version, ids } = (await current()).loaded;
  return { version, ids };
});

async function idsWhere({ table: rows }: ImageTable, where: string): Promise<TableIds> {
  const version = await rows.version();
  const { columns } = await rows.read({ columns: ["id"], where });
  return { version, ids: Buffer.from((columns.id ?? []).join(""), "hex") };
}

function rank(ranked: Ranked, question: RankQuestion, isOver: () => boolean): Uint8Array {
  const { names, scoring, about, pictures = [] } = question;
  const { version, vectors, givenAmong, rowOf } = ranked.loaded;
  const given = givenAmong(names);
  const classes = {
    labels: names.map((label) => ({ label, className: label })),
    embeddings: question.labels,
    scoring,
  };
  const learned = question.learn ? learnFrom(vectors, given, classes) : undefined;
  ranked.ranker ??= createRanker(vectors, scoring);
  const there = pictures.filter((id) => rowOf(id) !== undefined);
  const rows = there.map((id) => rowOf(id)!);
  const ranking = ranked.ranker(learned?.embeddings ?? question.labels, { about, rows, isOver });
  const json = toldRanking(ranking, {
    ...{ version, names, pictures: there, learned: learned?.learned },
    // -1, for none, is the largest number of 16 bits.
    given: new Uint16Array(given),
  });
  return new TextEncoder().encode(json);
}

async function current(): Promise<Ranked> {
  const opened = await table;
  const before = await loading?.catch(() => undefined);
  if (before && (await before.loaded.follow(opened))) return before;
  loading = loadTable(opened).then((loaded) => ({ loaded }));
  return loading;
}
