import { Command } from "commander";
import { type CachedModel, clearCachedModel, listCachedModels } from "../../embeddings/cached-models.js";
import { NearlabelError } from "../../errors.js";
import { printable, printableJson } from "../../files/printable.js";
import { counted } from "../../math/number-text.js";
import { cacheFolder } from "../flags/embedding-cache.js";
import { byteText } from "../terminal/bytes.js";
import { tableLines } from "../terminal/table.js";
import { colour, roomOf, type Terminal } from "../terminal/terminal.js";

export function cacheCommand(terminal: Terminal): Command {
  return new Command("cache")
    .description("Look after the embeddings of pictures that were kept for the next run.")
    .addCommand(showCommand(terminal), { isDefault: true })
    .addCommand(clearCommand(terminal))
    .addHelpText(
      "after",
      "\nNEARLABEL_CACHE names the folder. Downloaded models lie elsewhere: nearlabel models list\n",
    );
}

function showCommand({ stdout }: Terminal): Command {
  return new Command("show")
    .description(
      "Tell where the cache is, its size, and how many embeddings of each model it holds; the default.",
    )
    .option("--json", "write an object")
    .action(async ({ json }: { json?: true }) => {
      const folder = cacheFolder();
      const models = await listCachedModels(folder);
      const bytes = totalBytes(models);
      stdout.write(
        json ? `${printableJson({ folder, bytes, models }, 2)}\n` : cacheText(folder, bytes, models, stdout),
      );
    });
}

function totalBytes(models: readonly CachedModel[]): number {
  return models.reduce((sum, { bytes }) => sum + bytes, 0);
}

function cacheText(
  folder: string,
  total: number,
  models: readonly CachedModel[],
  stdout: Terminal["stdout"],
): string {
  if (models.length === 0) return `No embeddings in ${printable(folder)}.\n`;
  const columns = [
    { header: "model" },
    { header: "fingerprint", dispensable: 1 },
    { header: "embeddings", align: "right" },
    { header: "size", align: "right" },
  ] as const;
  const rows = models.map(({ model, fingerprint, entries, bytes }) => [
    model ?? "",
    fingerprint.slice(0, "sha256:".length + 12),
    entries === undefined ? "damaged" : String(entries),
    byteText(bytes),
  ]);
  const [header, ...lines] = tableLines(columns, rows, roomOf(stdout));
  return [
    colour(stdout, "dim", header ?? ""),
    ...lines,
    "",
    `${byteText(total)} in ${printable(folder)}`,
    "",
  ].join("\n");
}

function clearCommand({ stdout }: Terminal): Command {
  return new Command("clear")
    .description(
      "Delete the embeddings of all models, or of one. They are computed again when they are needed.",
    )
    .option("-m, --model <name>", "only of this model, by its name or the start of its fingerprint")
    .action(async ({ model: wanted }: { model?: string }) => {
      const folder = cacheFolder();
      const models = (await listCachedModels(folder)).filter((model) => isWanted(model, wanted));
      if (wanted !== undefined && models.length === 0) throw unknownModel(wanted, folder);
      for (const { fingerprint } of models) await clearCachedModel(folder, fingerprint);
      stdout.write(
        `Deleted the embeddings of ${counted(models.length, "model")}, ${byteText(totalBytes(models))}.\n`,
      );
    });
}

/** Digits of a fingerprint that tell models apart well enough to delete one; so few are no accident. */
const LEAST_DIGITS = 6;

function isWanted({ model, fingerprint }: CachedModel, wanted: string | undefined): boolean {
  if (wanted === undefined || wanted === model) return true;
  const digits = wanted.replace(/^sha256:/, "");
  return digits.length >= LEAST_DIGITS && fingerprint.startsWith(`sha256:${digits}`);
}

function unknownModel(wanted: string, folder: string): NearlabelError {
  return new NearlabelError(
    "MODEL_NOT_FOUND",
    `${folder} holds no embeddings of ${wanted}. List the models that it does: nearlabel cache`,
  );
}
