/** The entry of the thread that looks through a table: `workerData` is a `CurateStart`. */
import { basename } from "node:path";
import { workerData } from "node:worker_threads";
import { type DuplicatePicture, findDuplicates } from "../../images/curate/duplicates.js";
import { keepApart } from "../../images/curate/not-duplicates.js";
import { findSuspects, type Suspect } from "../../images/curate/suspects.js";
import { labelTable } from "../../images/label/label-table.js";
import { labelSetText } from "../../images/label/saved-label-set.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import { sqlIn } from "../../store/filter.js";
import { answerQuestions } from "../threads/answer-questions.js";
import { lastFound } from "../threads/last-found.js";
import {
  type CurateQuestion,
  type CurateStart,
  type DuplicatesQuestion,
  type FoundDuplicates,
  type FoundLabels,
  type FoundSuspects,
  type LabelQuestion,
  MOST_TOLD,
  type NamedPicture,
  type SuspectsQuestion,
} from "./curator.js";

const { place, options: load } = workerData as CurateStart;
const table = openImageTable(place);

answerQuestions(async (question: CurateQuestion): Promise<unknown> => {
  const opened = await table;
  await opened.refresh();
  if (question.about === "suspects") return suspects(opened, question.wanted);
  if (question.about === "duplicates") return duplicates(opened, question.wanted);
  if (question.about === "label") return label(opened, question.wanted);
  suspectsOf.forget();
  groupsOf.forget();
  return keepApart(opened, question.ids);
});

/** Of a version of the table. */
type Of<Wanted> = { readonly version: number; readonly wanted: Wanted };

const suspectsOf = lastFound(async ({ wanted }: Of<Pick<SuspectsQuestion, "least" | "where">>) =>
  findSuspects(await table, { ...wanted, load }),
);
const groupsOf = lastFound(async ({ wanted }: Of<Pick<DuplicatesQuestion, "band" | "where">>) =>
  findDuplicates(await table, wanted),
);

async function suspects(opened: ImageTable, wanted: SuspectsQuestion): Promise<FoundSuspects> {
  const { limit, offset, least, where } = wanted;
  const found = await suspectsOf.of({ version: await opened.table.version(), wanted: { least, where } });
  const page = found.suspects.slice(offset, offset + limit);
  const named = await namesIn(opened, page);
  return {
    total: found.suspects.length,
    pictures: found.pictures,
    leftOut: found.leftOut,
    suspects: page.map(({ path, kind, given, doubt, suggested, other }) => ({
      ...named(path),
      kind,
      given,
      doubt,
      ...(suggested !== undefined && { suggested }),
      ...(other !== undefined && { other: named(other) }),
    })),
  };
}

/** Ids and names of the pictures of `page`. */
async function namesIn(
  { table: rows }: ImageTable,
  page: readonly Suspect[],
): Promise<(path: string) => NamedPicture> {
  const paths = new Set(page.flatMap(({ path, other }) => (other === undefined ? [path] : [path, other])));
  if (paths.size === 0) return (path) => ({ id: "", name: nameOf(path) });
  const { columns } = await rows.read({ columns: ["path", "id"], where: sqlIn("path", [...paths]) });
  const ids = new Map(columns.path!.map((path, at) => [path as string, columns.id![at] as string]));
  return (path) => ({ id: ids.get(path) ?? "", name: nameOf(path) });
}

async function duplicates(opened: ImageTable, wanted: DuplicatesQuestion): Promise<FoundDuplicates> {
  const { band, where, limit, offset } = wanted;
  const found = await groupsOf.of({ version: await opened.table.version(), wanted: { band, where } });
  return {
    total: found.length,
    duplicates: found.reduce((sum, group) => sum + group.duplicates.length, 0),
    groups: found.slice(offset, offset + limit).map((group) => ({
      kept: shown(group.kept),
      count: group.duplicates.length,
      duplicates: group.duplicates.slice(0, MOST_TOLD).map((one) => ({
        ...shown(one),
        similarity: one.similarity,
        band: one.band,
      })),
    })),
  };
}

async function label(opened: ImageTable, { labels, templates, save }: LabelQuestion): Promise<FoundLabels> {
  const made = await labelTable(opened, { labels, templates, save, load });
  return { labelSet: labelSetText(made.labelSet), labelled: made.labelled, unchanged: made.unchanged };
}

function shown({ id, path, width, height, bytes }: DuplicatePicture) {
  return { id, name: nameOf(path), width, height, bytes };
}

function nameOf(path: string): string {
  return basename(path.replaceAll("\\", "/"));
}
