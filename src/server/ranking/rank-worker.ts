/** The entry of the thread that ranks a table: `workerData` is a `RankStart`. */
import { workerData } from "node:worker_threads";
import { openImageTable } from "../../images/table/open.js";
import { matrixOf } from "../../math/matrix.js";
import { VECTOR } from "../../store/shape.js";
import { answerQuestions } from "../threads/answer-questions.js";
import { createRanker } from "./ranking.js";
import type { RankQuestion, RankStart, ThreadAnswer, ThreadQuestion } from "./table-ranker.js";

interface Loaded {
  readonly version: number;
  readonly ids: Uint8Array;
  /** Made with the scoring of the first question: that of the table's model, of which there is one. */
  rank(question: RankQuestion): ReturnType<ReturnType<typeof createRanker>>;
}

const { place } = workerData as RankStart;
let loading: Promise<Loaded> | undefined;
const table = openImageTable(place);

answerQuestions(async (question: ThreadQuestion): Promise<ThreadAnswer> => {
  const { version, ids, rank } = await current();
  return question === "ids" ? { version, ids } : { version, ...rank(question) };
});

async function current(): Promise<Loaded> {
  const opened = await table;
  const version = await opened.table.version();
  const before = await loading?.catch(() => undefined);
  if (before?.version === version) return before;
  loading = load();
  return loading;
}

async function load(): Promise<Loaded> {
  const opened = await table;
  const version = await opened.table.version();
  const { columns, vectors } = await opened.table.read({ columns: ["id", VECTOR] });
  const ids = Buffer.from((columns.id ?? []).join(""), "hex");
  const matrix = vectors ?? matrixOf([], opened.info.dimension);
  let ranker: ReturnType<typeof createRanker> | undefined;
  return {
    version,
    ids,
    rank({ labels, scoring, about }) {
      ranker ??= createRanker(matrix, scoring);
      return ranker(labels, about);
    },
  };
}
