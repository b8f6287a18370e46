import { NearlabelError } from "../../errors.js";
import type { ImageTable } from "../table/image-table.js";
import { type CreateImageTableOptions, createImageTable, openImageTable } from "../table/open.js";

/** The table of this model, made where it is not there. Another program may make it at the same moment. */
export async function tableFor({
  table: place,
  model,
  precision,
}: CreateImageTableOptions & { readonly table: string }): Promise<ImageTable> {
  const open = () => openImageTable(place, { model });
  try {
    return await open();
  } catch (error) {
    if (!isCode(error, "TABLE_NOT_FOUND") && !isCode(error, "TABLE_MODEL_MISMATCH")) throw error;
  }
  try {
    return await createImageTable(place, { model, precision });
  } catch (error) {
    if (!isCode(error, "TABLE_EXISTS") && !isCode(error, "WRITE_FAILED")) throw error;
    return open().catch(() => {
      throw error;
    });
  }
}

function isCode(error: unknown, code: NearlabelError["code"]): boolean {
  return error instanceof NearlabelError && error.code === code;
}
