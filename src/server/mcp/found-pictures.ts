import type { CallToolResult } from "@modelcontextprotocol/server";
import type { SearchResult } from "../../images/search/search.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { sevenDigits } from "../../math/digits.js";
import { shownImage } from "../tables/served-table.js";
import { type Agent, toldTo } from "./agent.js";

/** Longest side of a picture in an answer, in pixels: enough for a model to see what it shows. */
const SIDE = 384;

type Found = Pick<SearchResult, "rank" | "image" | "similarity">;

/** Pictures of a table that were found, and whether there are more beyond them. */
export interface FoundPictures {
  readonly table: ImageTable;
  readonly results: readonly Found[];
  readonly more: boolean;
  /** What is nearest, where nothing is relevant. */
  readonly nearest?: readonly Found[];
}

/**
 * A line of text for each picture, then the picture itself where it is there. An agent that may read files is told their
 * paths, others their names.
 */
export async function foundPictures(
  { table, results, more, nearest = [] }: FoundPictures,
  agent: Agent,
): Promise<CallToolResult> {
  const pictures = results.map((each) => toldPicture(each, agent));
  if (results.length > 0) {
    const content = await shown(table, pictures, agent);
    if (more) content.push(line("There are more: ask with a higher offset."));
    return { content, structuredContent: { pictures } };
  }
  if (nearest.length === 0)
    return { content: [line("Nothing here looks like that.")], structuredContent: { pictures } };
  const near = nearest.map((each) => toldPicture(each, agent));
  const head = "Nothing here clearly looks like that. The nearest, which chance alone may have found:";
  return {
    content: [line(head), ...(await shown(table, near, agent))],
    structuredContent: { pictures, nearest: near },
  };
}

function toldPicture({ rank, image, similarity }: Found, agent: Agent) {
  return {
    rank,
    id: image.id,
    name: toldTo(agent).paths ? image.path : shownImage(image).name,
    similarity: sevenDigits(similarity),
    label: image.label ?? image.givenLabel,
  };
}

type Content = CallToolResult["content"];

async function shown(
  table: ImageTable,
  pictures: readonly ReturnType<typeof toldPicture>[],
  agent: Agent,
): Promise<Content> {
  const content: Content = [];
  for (const { rank, id, name, similarity, label } of pictures) {
    const labelled = label === null ? "" : `, labelled ${label}`;
    content.push(line(`${rank}. ${name}, similarity ${similarity.toFixed(3)}${labelled}, id ${id}`));
    const picture = await preview(table, id, agent);
    if (picture)
      content.push({ type: "image", data: Buffer.from(picture).toString("base64"), mimeType: "image/jpeg" });
  }
  return content;
}

function line(text: string): Content[number] {
  return { type: "text", text };
}

/** Undefined where the picture is gone or cannot be drawn: the text tells of it all the same. */
async function preview(
  table: ImageTable,
  id: string,
  { service, caller }: Agent,
): Promise<Uint8Array | undefined> {
  return service.pictures.thumbnail(table, id, SIDE, caller).catch(() => undefined);
}
