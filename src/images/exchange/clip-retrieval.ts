import { writeEmbeddings } from "../../datasets/embeddings/write.js";
import type { ImageTable } from "../table/image-table.js";
import { type ExportSettings, exportedRows } from "./exported-rows.js";

/** Folders as clip-retrieval writes them: `img_emb/img_emb_0.npy` and `metadata/metadata_0.parquet`, with `image_path` and `label`. */
export async function exportClipRetrieval(
  table: ImageTable,
  folder: string,
  settings: ExportSettings,
): Promise<void> {
  await writeEmbeddings(folder, embeddings(table, settings), {
    dtype: table.info.precision,
    keepParts: false,
  });
}

async function* embeddings(table: ImageTable, settings: ExportSettings) {
  for await (const { file, labels, vector } of exportedRows(table, settings, true)) {
    yield { id: file, embedding: vector, label: labels[0] };
  }
}
