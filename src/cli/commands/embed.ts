import { Command, Option } from "commander";
import { type EmbeddingRow, writeEmbeddings } from "../../datasets/embeddings/write.js";
import { loadModel } from "../../encoder/load.js";
import type { EmbeddedRow } from "../../encoder/rows/embed-rows.js";
import { embedRows } from "../../encoder/rows/embed-rows.js";
import { counted } from "../../math/number-text.js";
import { EXIT } from "../exit.js";
import {
  chosenModel,
  datasetOption,
  decodeOption,
  deviceOption,
  dtypeOption,
  imageColumnOption,
  labelColumnOption,
  loadOptions,
  type ModelFlags,
  maxPixelsOption,
  modelOption,
  orientationOption,
  splitOption,
  threadsOption,
  wholeNumber,
} from "../flags/options.js";
import { openPictures, type Pictures, type PicturesOptions } from "../flags/pictures.js";
import { ofRow, writeError } from "../terminal/error-line.js";
import { duration, startProgress } from "../terminal/progress.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

interface EmbedFlags extends PicturesOptions, ModelFlags {
  out: string;
  numbers: "float16" | "float32";
  rowsPerFile: number;
}

export function embedCommand(terminal: Terminal, exit: (code: number) => void): Command {
  return new Command("embed")
    .description("Write the embeddings of pictures to files, in the layout of clip-retrieval.")
    .argument("[pictures...]", "files, folders, globs, or - for a picture on stdin")
    .requiredOption("-o, --out <folder>", "new or empty folder for img_emb and metadata")
    .addOption(
      new Option("--numbers <type>", "float16 takes half of the room")
        .choices(["float16", "float32"])
        .default("float32"),
    )
    .addOption(
      new Option("--rows-per-file <n>", "embeddings in a part").argParser(wholeNumber(1)).default(100_000),
    )
    .optionsGroup("Pictures:")
    .option("--files-from <file>", "names of pictures, one a line or NUL-separated; - is stdin")
    .addOption(datasetOption())
    .addOption(splitOption())
    .addOption(imageColumnOption())
    .addOption(labelColumnOption())
    .addOption(new Option("--limit <n>", "stop after n pictures").argParser(wholeNumber(1)))
    .addOption(orientationOption())
    .addOption(decodeOption())
    .addOption(maxPixelsOption())
    .optionsGroup("Model:")
    .addOption(modelOption())
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .action(async (inputs: string[], flags: EmbedFlags) => exit(await embed(inputs, flags, terminal)));
}

async function embed(inputs: string[], flags: EmbedFlags, terminal: Terminal): Promise<number> {
  const { out, numbers, rowsPerFile } = flags;
  const pictures = await openPictures(inputs, flags, terminal);
  await using model = await loadModel(chosenModel(flags), {
    ...loadOptions(flags, terminal),
    towers: "vision",
  });
  const tally: Tally = { done: 0, failed: 0 };
  const started = performance.now();
  const embedded = embedRows(model, pictures.rows, { signal: terminal.signal });
  const rows = embeddedOnly(embedded, pictures, tally, terminal);
  try {
    await writeEmbeddings(out, rows, { dtype: numbers, rowsPerFile });
  } catch (error) {
    if (!terminal.signal.aborted) throw error;
  }
  writeSummary(tally, out, (performance.now() - started) / 1000, terminal);
  return tally.failed > 0 ? EXIT.failed : EXIT.ok;
}

interface Tally {
  done: number;
  failed: number;
}

/** Tells of the rows that failed, and gives the others on. */
async function* embeddedOnly(
  rows: AsyncIterable<EmbeddedRow>,
  { size }: Pictures,
  tally: Tally,
  terminal: Terminal,
): AsyncGenerator<EmbeddingRow> {
  const progress = startProgress(terminal, "pictures", size);
  try {
    for await (const { row, embedding, error } of rows) {
      if (error) {
        tally.failed++;
        writeError(ofRow(row.id, error), terminal);
      } else {
        tally.done++;
        yield { id: row.id, embedding, label: row.label };
      }
      progress.update(tally.done + tally.failed);
    }
  } finally {
    progress.clear();
  }
}

function writeSummary(
  { done, failed }: Tally,
  out: string,
  seconds: number,
  { stderr, signal }: Terminal,
): void {
  const failures = failed === 0 ? "" : `, ${failed} failed`;
  writeLine(stderr, `${counted(done, "embedding")} in ${out}${failures}, ${duration(seconds)}`);
  if (signal.aborted) stderr.write("Interrupted; what was finished is written.\n");
}
