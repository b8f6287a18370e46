/** The entry of the thread that makes small copies of pictures of a data set: `workerData` is a `CellStart`. */
import { workerData } from "node:worker_threads";
import { openDataset } from "../../datasets/open.js";
import { lazy } from "../../files/lazy.js";
import { thumbnailsOf } from "../../report/thumbnails.js";
import type { Dataset } from "../../rows/dataset.js";
import { chosenRows } from "../../rows/select/chosen-rows.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type { CellStart } from "./cell-thumbnails.js";

const { path, split } = workerData as CellStart;
const dataset = lazy(() => openDataset(path, { split }));

answerQuestions(async (ids: readonly (string | number)[]) => {
  const found = await thumbnailsOf(rowsWith(await dataset(), ids), ids);
  return ids.map((id) => found.get(id));
});

/** Pictures without a path have the number of their row as id, and are read without those before them. */
function rowsWith(whole: Dataset, ids: readonly (string | number)[]): Dataset {
  const numbers = ids.filter((id) => typeof id === "number");
  return numbers.length < ids.length
    ? whole
    : chosenRows(
        whole,
        whole.name,
        numbers.sort((a, b) => a - b),
      );
}
