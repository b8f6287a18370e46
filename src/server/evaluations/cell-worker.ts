/** The entry of the thread that finds the pictures of cells. */
import { readFile } from "node:fs/promises";
import { openDataset } from "../../datasets/open.js";
import { NearlabelError, systemErrorCode } from "../../errors.js";
import { thumbnailsOf } from "../../report/thumbnails.js";
import { answerQuestions } from "../threads/answer-questions.js";
import { lastFound } from "../threads/last-found.js";
import { type Answers, cellOf } from "./answers.js";
import type { CellQuestion } from "./cell-pictures.js";
import { type DatasetPlace, toldId } from "./dataset-place.js";
import type { CellPictures } from "./evaluations.js";

/** Pictures of a cell that are shown at most. */
const MOST_SHOWN = 60;

const answersIn = lastFound(async (file: string) => {
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    if (systemErrorCode(cause) !== "ENOENT") throw cause;
    throw new NearlabelError("EVALUATION_NOT_FOUND", `${file} is not there any more.`, { cause });
  });
  return JSON.parse(text) as Answers;
});
const datasetAt = lastFound(({ path, split }: DatasetPlace) => openDataset(path, { split }));

answerQuestions(async ({ answers, cell, place }: CellQuestion): Promise<CellPictures> => {
  const found = cellOf(await answersIn.of(answers), cell);
  const shown = found.slice(0, MOST_SHOWN);
  if (!place) return { count: found.length, pictures: shown.map(({ score }) => ({ id: "", score })) };
  const ids = shown.map(({ id }) => id);
  const thumbnails = await thumbnailsOf(await datasetAt.of(place), ids);
  return {
    count: found.length,
    pictures: shown.map(({ id, score }) => {
      const thumbnail = thumbnails.get(id);
      return { id: toldId(id, place), score, ...(thumbnail !== undefined && { thumbnail }) };
    }),
  };
});
