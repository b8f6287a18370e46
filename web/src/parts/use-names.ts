import { useAnswer } from "../server/use-answer.js";
import { useSettled } from "./use-settled.js";

/** Names of pictures by table and id, for as long as the page is open. */
const known = new Map<string, string>();
/** In one request, whose condition may have 2,000 letters. */
const AT_ONCE = 28;
/** Milliseconds that pictures have to stay before their names are asked for. */
const PAUSE = 300;

/** Names of stored pictures, as they come: asked for are those of `ids`, which are in sight. */
export function useNames(table: string, ids: readonly string[]): (id: string) => string | undefined {
  const missing = ids.filter((id) => !known.has(`${table} ${id}`)).slice(0, AT_ONCE);
  const wanted = useSettled(missing.join(), PAUSE);
  useAnswer(wanted ? `names ${table} ${wanted}` : undefined, async (client, { signal }) => {
    const where = `id IN (${wanted!.replaceAll(/\w+/g, "'$&'")})`;
    const found = await client.tables.images(table, { where, limit: 1000, signal });
    // What is no longer in the table has no name, and is not asked for again.
    for (const id of wanted!.split(",")) known.set(`${table} ${id}`, "");
    for (const { id, name } of found) known.set(`${table} ${id}`, name);
  });
  return (id) => known.get(`${table} ${id}`) || undefined;
}
