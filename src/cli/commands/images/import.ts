import { Command, Option } from "commander";
import { IMPORT_FORMATS, type ImportFormat, importImages } from "../../../images/exchange/import.js";
import { counted } from "../../../math/number-text.js";
import { EXIT } from "../../exit.js";
import { loadOptions, modelOption } from "../../flags/options.js";
import { writeError } from "../../terminal/error-line.js";
import { duration, startProgress } from "../../terminal/progress.js";
import { type Terminal, writeLine } from "../../terminal/terminal.js";

interface ImportFlags {
  format: ImportFormat;
  model?: string;
}

/** Rows that could not be taken, as far as they are listed. */
const SHOWN = 10;

export function importCommand(terminal: Terminal, exit: (code: number) => void): Command {
  const { stderr, signal } = terminal;
  return new Command("import")
    .description("Bring pictures with their vectors into a table; nothing is embedded.")
    .argument("<table>", "the table, which is made if it is not there")
    .argument("<source>", "a Parquet or JSON lines file with path and vector, or clip-retrieval's folder")
    .addOption(
      new Option("-f, --format <name>", "what it is").choices([...IMPORT_FORMATS]).makeOptionMandatory(),
    )
    .addOption(modelOption())
    .action(async (place: string, from: string, { format, model }: ImportFlags) => {
      const started = performance.now();
      const progress = startProgress(terminal, "pictures");
      const options = {
        format,
        from,
        model,
        load: loadOptions({}, terminal),
        signal,
        onProgress: progress.update,
      };
      const { imported, failures } = await importImages(place, options).finally(progress.clear);
      for (const { error } of failures.slice(0, SHOWN)) writeError(error, terminal);
      const failed = failures.length === 0 ? "" : `, ${failures.length} failed`;
      writeLine(
        stderr,
        `${counted(imported, "picture")} in ${place}${failed}, ${duration((performance.now() - started) / 1000)}`,
      );
      exit(failures.length > 0 ? EXIT.failed : EXIT.ok);
    });
}
