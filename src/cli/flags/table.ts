import { realpath, stat } from "node:fs/promises";
import { Option } from "commander";
import { loadModel } from "../../encoder/load.js";
import type { Model } from "../../encoder/model.js";
import { NearlabelError } from "../../errors.js";
import { folderTable } from "../../images/table/folder-table.js";
import type { ImageTable } from "../../images/table/image-table.js";
import { openImageTable } from "../../images/table/open.js";
import type { Towers } from "../../model/files/files.js";
import type { Terminal } from "../terminal/terminal.js";
import { dataFolder } from "./data-folder.js";
import { chosenModel, loadOptions, type ModelFlags } from "./options.js";

export const tableOption = () =>
  new Option(
    "--table <place>",
    "table of the pictures, a folder or s3://… (default: one of the folder's own in NEARLABEL_DATA)",
  );

/**
 * The table that `--table` names, else that of the only folder among `inputs`.
 *
 * @throws NearlabelError `OPTION_INVALID` where there is neither
 */
export async function tablePlace(table: string | undefined, inputs: readonly string[]): Promise<string> {
  if (table !== undefined) return table;
  const [folder, ...others] = inputs;
  const isFolder = folder !== undefined && (await stat(folder).catch(() => undefined))?.isDirectory();
  if (isFolder && others.length === 0) return folderTable(folder, { directory: dataFolder() });
  throw new NearlabelError(
    "OPTION_INVALID",
    "Expected --table with the place of the table: only one folder alone has a table of its own.",
  );
}

/** Opens the table at `place`, or that of the folder of pictures there. @throws NearlabelError `TABLE_NOT_FOUND` */
export async function openTableOrFolder(place: string): Promise<ImageTable> {
  try {
    return await openImageTable(place);
  } catch (error) {
    if (!(error instanceof NearlabelError) || error.code !== "TABLE_NOT_FOUND") throw error;
    const isFolder = (await stat(place).catch(() => undefined))?.isDirectory();
    const own = isFolder ? await folderTable(await realpath(place), { directory: dataFolder() }) : undefined;
    const found = own && (await openImageTable(own).catch(() => undefined));
    if (found) return found;
    throw new NearlabelError(
      "TABLE_NOT_FOUND",
      `${place}: there is no table of pictures. Make one with nearlabel ingest.`,
      { cause: error },
    );
  }
}

/** The model asked for; else that of the table, where there is one. */
export async function modelOfTable(
  open: () => Promise<ImageTable>,
  flags: ModelFlags,
  { terminal, towers }: { readonly terminal: Terminal; readonly towers?: Towers },
): Promise<Model> {
  const options = { ...loadOptions(flags, terminal), towers };
  if (flags.model !== undefined) return loadModel(flags.model, options);
  const table = await open().catch((error: unknown) => {
    if (error instanceof NearlabelError && error.code === "TABLE_NOT_FOUND") return undefined;
    throw error;
  });
  if (!table) return loadModel(chosenModel(flags), options);
  const { model, dtype } = table.info;
  await table.close();
  return loadModel(model, { ...options, dtype: flags.dtype ?? dtype });
}
