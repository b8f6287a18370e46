/** The entry of the thread that looks through a table: `workerData` is a `CurateStart`. */
import { basename } from "node:path";
import { workerData } from "node:worker_threads";
import {
  type DuplicateGroup,
  type DuplicatePicture,
  findDuplicates,
} from "../../images/curate/duplicates.js";
import { keepApart } from "../../images/curate/not-duplicates.js";
import { findSuspects } from "../../images/curate/suspects.js";
import { labelTable } from "../../images/label/label-table.js";
import { labelSetText } from "../../images/label/saved-label-set.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import { answerQuestions } from "../threads/answer-questions.js";
import type {
  CurateQuestion,
  CurateStart,
  DuplicatesQuestion,
  FoundDuplicates,
  FoundLabels,
  FoundSuspects,
  LabelQuestion,
  NamedPicture,
  SuspectsQuestion,
} from "./curator.js";

const { place, options: load } = workerData as CurateStart;
const table = openImageTable(place);

/** The last groups of duplicates, so that their next page costs nothing. */
let groups: { readonly key: string; readonly found: readonly DuplicateGroup[] } | undefined;

answerQuestions(async (question: CurateQuestion): Promise<unknown> => {
  const opened = await table;
  await opened.refresh();
  if (question.about === "suspects") return suspects(opened, question.wanted);
  if (question.about === "duplicates") return duplicates(opened, question.wanted);
  if (question.about === "label") return label(opened, question.wanted);
  groups = undefined;
  return keepApart(opened, question.ids);
});

async function suspects(opened: ImageTable, wanted: SuspectsQuestion): Promise<FoundSuspects> {
  const { limit, offset, least, where } = wanted;
  const found = await findSuspects(opened, { least, where, load });
  const { columns } = await opened.table.read({ columns: ["path", "id"] });
  const ids = new Map(columns.path!.map((path, at) => [path as string, columns.id![at] as string]));
  const named = (path: string): NamedPicture => ({ id: ids.get(path) ?? "", name: nameOf(path) });
  return {
    total: found.suspects.length,
    pictures: found.pictures,
    leftOut: found.leftOut,
    suspects: found.suspects
      .slice(offset, offset + limit)
      .map(({ path, kind, given, doubt, suggested, other }) => ({
        ...named(path),
        kind,
        given,
        doubt,
        ...(suggested !== undefined && { suggested }),
        ...(other !== undefined && { other: named(other) }),
      })),
  };
}

async function duplicates(opened: ImageTable, wanted: DuplicatesQuestion): Promise<FoundDuplicates> {
  const { band, where, limit, offset } = wanted;
  const key = JSON.stringify([await opened.table.version(), band, where]);
  if (groups?.key !== key) groups = { key, found: await findDuplicates(opened, { band, where }) };
  const { found } = groups;
  return {
    total: found.length,
    duplicates: found.reduce((sum, group) => sum + group.duplicates.length, 0),
    groups: found.slice(offset, offset + limit).map((group) => ({
      kept: shown(group.kept),
      duplicates: group.duplicates.map((one) => ({
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
