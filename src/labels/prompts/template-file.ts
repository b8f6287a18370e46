import { listed, NearlabelError } from "../../errors.js";
import { parseJson } from "../../files/json.js";
import { textAt } from "../../objects/object-text.js";
import { listLines } from "../list-file.js";
import { checkedTemplates } from "./templates.js";

/**
 * The templates of a file, or of an object such as `s3://bucket/templates.txt`: text with one a line, or JSON with an array of them, or an object of arrays such as
 * CLIP_benchmark's (data set -> templates), from which `key` chooses; an object with one array needs no key.
 *
 * @throws NearlabelError `TEMPLATE_INVALID`, which names the file; of objects `OBJECTS_NOT_FOUND`, `OBJECTS_REFUSED`, `OBJECTS_UNAVAILABLE`
 * too.
 */
export async function readTemplates(path: string, key?: string): Promise<string[]> {
  const text = await textAt(path, "TEMPLATE_INVALID");
  if (!path.toLowerCase().endsWith(".json")) {
    if (key !== undefined) throw oneList(path, key);
    return checkedTemplates(listLines(text, path, "TEMPLATE_INVALID", ".txt or .json"), path);
  }
  const content = parseJson(text, path, "TEMPLATE_INVALID");
  return checkedTemplates(chosenTemplates(content, path, key), path);
}

function chosenTemplates(content: unknown, path: string, key: string | undefined): unknown {
  if (typeof content !== "object" || content === null) return undefined;
  if (Array.isArray(content)) {
    if (key === undefined) return content;
    throw oneList(path, key);
  }
  const lists = new Map<string, unknown>(Object.entries(content));
  const name = key ?? (lists.size === 1 ? lists.keys().next().value! : undefined);
  if (name !== undefined && lists.has(name)) return lists.get(name);
  const [first = ""] = lists.keys();
  const asked =
    key === undefined
      ? `holds several lists; name one behind the file, as in ${path}#${first}, or as the key of readTemplates`
      : `has no list "${key}"`;
  throw new NearlabelError("TEMPLATE_INVALID", `${path}: ${asked}. There are ${listed([...lists.keys()])}.`);
}

function oneList(path: string, key: string): NearlabelError {
  return new NearlabelError(
    "TEMPLATE_INVALID",
    `${path}: holds one list, so "${key}" cannot be chosen from it.`,
  );
}
