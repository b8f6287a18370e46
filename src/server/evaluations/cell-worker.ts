/** The entry of the thread that makes small copies of pictures of a data set: `workerData` is a `CellStart`. */
import { workerData } from "node:worker_threads";
import { openDataset } from "../../datasets/open.js";
import { lazy } from "../../files/lazy.js";
import { thumbnailsOf } from "../../report/thumbnails.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type { CellStart } from "./cell-thumbnails.js";

const { path, split } = workerData as CellStart;
const dataset = lazy(() => openDataset(path, { split }));

answerQuestions(async (ids: readonly (string | number)[]) => {
  const found = await thumbnailsOf(await dataset(), ids);
  return ids.map((id) => found.get(id));
});
