import { Command } from "commander";
import { loadModel } from "../../../encoder/load.js";
import { NearlabelError } from "../../../errors.js";
import { printable, printableJson } from "../../../files/printable.js";
import { type CachedRepo, listCached, removeCached, verifyCached } from "../../../hub/cache/inventory.js";
import { filesIn } from "../../../hub/cache/snapshot.js";
import type { HubRepo } from "../../../hub/protocol/repo.js";
import { isRepoId } from "../../../hub/protocol/repo.js";
import { type HubSettings, hubSettingsFromEnvironment } from "../../../hub/protocol/settings.js";
import { percent } from "../../../math/number-text.js";
import { listModels } from "../../../model/files/catalog.js";
import { repoOf } from "../../../model/files/source.js";
import { EXIT } from "../../exit.js";
import { dtypeOption, loadOptions, type ModelFlags } from "../../flags/options.js";
import { byteText } from "../../terminal/bytes.js";
import { writeError } from "../../terminal/error-line.js";
import { tableLines } from "../../terminal/table.js";
import { colour, type Terminal, writeLine } from "../../terminal/terminal.js";

type Exit = (code: number) => void;

/** What is done with downloaded models. */
export function modelCacheCommands(terminal: Terminal, exit: Exit): Command[] {
  return [
    pullCommand(terminal, exit),
    listCommand(terminal),
    infoCommand(terminal),
    removeCommand(terminal),
    verifyCommand(terminal, exit),
  ];
}

/** Names of the repositories in the cache that hold a network, whoever downloaded them. */
export async function cachedModelNames(): Promise<Set<string>> {
  return new Set((await cachedModels(settings())).map(({ name }) => name));
}

/** Read when a command runs, so that a wrong variable is an error of that command. */
function settings(): HubSettings {
  return hubSettingsFromEnvironment(process.env);
}

async function cachedModels(hub: HubSettings): Promise<CachedRepo[]> {
  const repos = await listCached(hub);
  const files = await Promise.all(
    repos.map(async ({ revisions }) => (await Promise.all(revisions.map((r) => filesIn(r.folder)))).flat()),
  );
  return repos.filter(({ type }, at) => type === "model" && files[at]?.some((file) => /\.onnx$/.test(file)));
}

function pullCommand(terminal: Terminal, exit: Exit): Command {
  return new Command("pull")
    .description("Download models into the cache that Python uses, so that they load without a network.")
    .argument("<ids...>", "ids as nearlabel models lists them, or owner/name[@revision] of the hub")
    .addOption(dtypeOption())
    .action(async (ids: string[], flags: ModelFlags) => {
      let failed = 0;
      for (const id of ids) if (!(await pull(id, flags, terminal))) failed++;
      if (failed > 0) exit(failed === ids.length ? EXIT.usage : EXIT.failed);
    });
}

/** Loads the model without running it, which tells at once whether it can be used. False where that fails. */
async function pull(id: string, flags: ModelFlags, terminal: Terminal): Promise<boolean> {
  const { stdout, signal } = terminal;
  try {
    repoArgument(id);
    await using model = await loadModel(id, loadOptions(flags, terminal));
    writeLine(
      stdout,
      `${model.identity.id} is here: ${flags.dtype ?? "fp32"}, ${model.dimension} dimensions.`,
    );
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof NearlabelError)) throw error;
    writeError(error, terminal);
    return false;
  }
}

function listCommand(terminal: Terminal): Command {
  return new Command("list")
    .description("List the models in the cache with their sizes.")
    .option("--json", "write an array")
    .action(async ({ json }: { json?: true }) => {
      const hub = settings();
      const models = await cachedModels(hub);
      terminal.stdout.write(
        json ? `${printableJson(models, 2)}\n` : listText(models, hub.cacheDir, terminal),
      );
    });
}

function emptyText(cacheDir: string): string {
  return `No models in ${printable(cacheDir)}. Get one: nearlabel models pull <id>\n`;
}

function listText(models: readonly CachedRepo[], cacheDir: string, { stdout }: Terminal): string {
  if (models.length === 0) return emptyText(cacheDir);
  const columns = [
    { header: "model" },
    { header: "size", align: "right" },
    { header: "revisions" },
    { header: "" },
  ] as const;
  const rows = models.map(({ name, bytes, incompleteBytes, revisions }) => [
    name,
    byteText(bytes),
    revisions.map(({ refs, commit }) => (refs.length > 0 ? refs.join(", ") : commit.slice(0, 8))).join(", "),
    incompleteBytes > 0 ? `and ${byteText(incompleteBytes)} of a download that was broken off` : "",
  ]);
  const [header, ...lines] = tableLines(columns, rows);
  const total = models.reduce((sum, { bytes }) => sum + bytes, 0);
  return [
    colour(stdout, "dim", header ?? ""),
    ...lines,
    "",
    `${byteText(total)} in ${printable(cacheDir)}`,
    "",
  ].join("\n");
}

function infoCommand(terminal: Terminal): Command {
  return new Command("info")
    .description("Tell what is known of a model, and what of it is in the cache.")
    .argument("<id>", "an id as nearlabel models lists it, or owner/name of the hub")
    .option("--json", "write an object")
    .action(async (id: string, { json }: { json?: true }) => {
      const known = listModels().find((model) => model.id === id);
      const name = id === "mini" ? undefined : repoArgument(id).name;
      const cached = (await listCached(settings())).find(
        (repo) => repo.type === "model" && repo.name === name,
      );
      if (!known && !cached) throw unknownModel(id);
      const info = { ...known, cached };
      terminal.stdout.write(json ? `${printableJson(info, 2)}\n` : `${infoText(id, info).join("\n")}\n`);
    });
}

type Info = Partial<ReturnType<typeof listModels>[number]> & { readonly cached: CachedRepo | undefined };

function infoText(
  id: string,
  { repo, family, parameters, imageSize, dimension, bytes, accuracy = [], cached }: Info,
) {
  const rows = [
    ["model", id],
    ["ONNX export", repo],
    ["family", family],
    ["parameters", parameters && `${(parameters / 1e6).toFixed(1)} M`],
    ["picture", imageSize && `${imageSize} px`],
    ["embedding", dimension && `${dimension} dimensions`],
    ["size in fp32", bytes && byteText(bytes)],
    ...accuracy.map(({ dataset, metric, value, source }) => [
      `${dataset} ${metric}`,
      `${percent(value)} (${source})`,
    ]),
    ["cache", cachedText(id, cached)],
    ...(cached?.revisions ?? []).map(({ refs, commit, bytes: size, files, folder }) => [
      refs.join(", ") || commit.slice(0, 8),
      `${byteText(size)} in ${files} files: ${folder}`,
    ]),
  ];
  const told = rows.filter((row): row is [string, string] => row[1] !== undefined);
  return tableLines([{ header: "" }, { header: "" }], told);
}

function cachedText(id: string, cached: CachedRepo | undefined): string {
  if (id === "mini") return "built in";
  return cached ? byteText(cached.bytes) : `not there; nearlabel models pull ${id}`;
}

function removeCommand(terminal: Terminal): Command {
  return new Command("remove")
    .description("Delete a model, with all its revisions, from the cache. Python loses it too.")
    .argument("<id>", "an id as nearlabel models lists it, or owner/name of the hub")
    .action(async (id: string) => {
      const repo = repoArgument(id);
      const hub = settings();
      const cached = (await listCached(hub)).find(({ type, name }) => type === "model" && name === repo.name);
      if (!(await removeCached(repo, hub))) throw notCached(id, hub);
      const freed = (cached?.bytes ?? 0) + (cached?.incompleteBytes ?? 0);
      writeLine(terminal.stdout, `Removed ${repo.name}, ${byteText(freed)}.`);
    });
}

interface VerifyFlags {
  repair?: true;
  json?: true;
}

function verifyCommand(terminal: Terminal, exit: Exit): Command {
  return new Command("verify")
    .description("Compute the hash of every file of models in the cache, and name those that are broken.")
    .argument("[ids...]", "models; without any, all in the cache")
    .option("--repair", "delete what is broken, so that the next use downloads it again")
    .option("--json", "write an array")
    .action(async (ids: string[], flags: VerifyFlags) => {
      const broken = await verify(ids, flags, terminal);
      if (broken > 0) exit(EXIT.failed);
    });
}

/** Returns the number of models with broken files. */
async function verify(
  ids: readonly string[],
  { repair, json }: VerifyFlags,
  terminal: Terminal,
): Promise<number> {
  const hub = settings();
  const cached = await cachedModels(hub);
  const results = [];
  for (const repo of ids.length > 0 ? ids.map((id) => cachedRepo(id, cached, hub)) : cached.map(asRepo)) {
    const options = { remove: repair ?? false, signal: terminal.signal };
    const result = { name: repo.name, ...(await verifyCached(repo, hub, options)) };
    results.push(result);
    if (!json) terminal.stdout.write(verifyText(result, repair ?? false, terminal));
  }
  if (json) terminal.stdout.write(`${printableJson(results, 2)}\n`);
  else if (results.length === 0) terminal.stdout.write(emptyText(hub.cacheDir));
  return results.filter(({ broken }) => broken.length > 0).length;
}

type Verified = Awaited<ReturnType<typeof verifyCached>> & { readonly name: string };

function verifyText(
  { name, checked, unknown, broken }: Verified,
  repaired: boolean,
  { stdout }: Terminal,
): string {
  const remedy = repaired ? "deleted" : "run it again with --repair";
  const lines = broken.map(({ path, reason, usedBy }) => {
    const what = reason === "missing" ? "is missing" : "has another content than it should";
    return printable(`  ${usedBy.join(", ") || path} ${what}; ${remedy}`);
  });
  const word = broken.length > 0 ? colour(stdout, "red", "BROKEN") : colour(stdout, "green", "ok");
  const unsure = unknown.length > 0 ? `, ${unknown.length} without a known hash` : "";
  return `${[`${word}  ${printable(name)}  ${checked} contents checked${unsure}`, ...lines].join("\n")}\n`;
}

function asRepo({ type, name }: CachedRepo): HubRepo {
  return { type, name, revision: "main" };
}

function cachedRepo(id: string, cached: readonly CachedRepo[], hub: HubSettings): HubRepo {
  const repo = repoArgument(id);
  if (cached.some(({ name }) => name === repo.name)) return repo;
  throw notCached(id, hub);
}

/** @throws NearlabelError OPTION_INVALID */
function repoArgument(id: string): HubRepo {
  if (isRepoId(id)) return repoOf(id);
  const reason = id === "mini" ? "mini is built in" : `got "${id}"`;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected an id of the hub such as openai/clip-vit-base-patch32, but ${reason}.`,
  );
}

function notCached(id: string, { cacheDir }: HubSettings): NearlabelError {
  return new NearlabelError(
    "MODEL_NOT_FOUND",
    `${id} is not in ${cacheDir}. nearlabel models list shows what is.`,
  );
}

function unknownModel(id: string): NearlabelError {
  return new NearlabelError(
    "MODEL_NOT_FOUND",
    `Nothing is known of ${id}: it is neither listed by nearlabel models nor in the cache. If it is on the hub, ` +
      `nearlabel models pull ${id} downloads it.`,
  );
}
