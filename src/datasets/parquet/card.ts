import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { NearlabelError } from "../../errors.js";
import { isFile } from "../../files/folders.js";
import { textOfBytes } from "../../files/text.js";
import { type Features, featuresFromCard, fieldsOf } from "../columns/declared-types.js";

/** The data set card of the Hugging Face hub: the YAML that a `README.md` begins with. */
export interface Card {
  /** The configuration to read where none is asked for. */
  readonly defaultConfig: string | undefined;
  /** The features of a configuration, or of the only one described. */
  features(config: string): Features | undefined;
}

/** YAML between `---` lines at the start of a file. */
const FRONT_MATTER = /^---\r?\n([\s\S]*?)\r?\n---\s*(?:\r?\n|$)/;

/**
 * The card of the data set at `root`: in its `README.md`, or in that of the folder above, for a `root` that is one
 * configuration of several. Throws `DATASET_INVALID` for a card that is not YAML.
 */
export async function readCard(root: string): Promise<Card> {
  for (const path of [join(root, "README.md"), join(root, "..", "README.md")]) {
    if (!(await isFile(path))) continue;
    const yaml = FRONT_MATTER.exec(textOfBytes(await readFile(path)))?.[1];
    if (yaml !== undefined) return cardOf(await parseYaml(yaml, path));
  }
  return cardOf({});
}

function cardOf(content: unknown): Card {
  const fields = fieldsOf(content);
  const infos = listOf(fields?.dataset_info).map(fieldsOf);
  const configs = listOf(fields?.configs).map(fieldsOf);
  const byDefault = configs.find((config) => config?.default === "true")?.config_name;
  return {
    defaultConfig: typeof byDefault === "string" ? byDefault : undefined,
    features(config) {
      const info =
        infos.find((one) => one?.config_name === config) ?? (infos.length === 1 ? infos[0] : undefined);
      return featuresFromCard(info?.features);
    },
  };
}

/** The card of a data set of one configuration holds one in place of a list. */
function listOf(value: unknown): readonly unknown[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

async function parseYaml(yaml: string, path: string): Promise<unknown> {
  const { parse } = await import("yaml");
  try {
    // Every value stays text: a class may be called `1.0`, `null` or `true`.
    return parse(yaml, { schema: "failsafe" });
  } catch (cause) {
    throw new NearlabelError(
      "DATASET_INVALID",
      `Cannot read the data set card "${path}". Expected YAML between the "---" lines at its start: ${String(cause)}`,
      { cause },
    );
  }
}
