import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { Command } from "commander";
import { pino } from "pino";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { readKeys, watchKeys } from "../../server/access/key-file.js";
import { createApp, type ServerApp, type ServerParts } from "../../server/app.js";
import { openLabelSets } from "../../server/label-sets/label-set-folder.js";
import type { Limits } from "../../server/limits.js";
import { createPictureFetcher } from "../../server/pictures/fetch-picture.js";
import { createTableRanker } from "../../server/ranking/table-ranker.js";
import { dataFolder } from "../flags/data-folder.js";
import { hasPage, type Openness, tellServed } from "../serve/banner.js";
import { takeConfigFile } from "../serve/config-file.js";
import { addServeOptions, type ServeFlags } from "../serve/flags.js";
import { isAtDesktop, openPage } from "../serve/open-page.js";
import {
  openCurators,
  openExplainers,
  openJobs,
  openLabels,
  openModels,
  openNamedEvaluations,
  openTables,
} from "../serve/served.js";
import { takeSwitches } from "../serve/switches.js";
import type { Terminal } from "../terminal/terminal.js";
import { writeLine } from "../terminal/terminal.js";
import { keysFile } from "./keys.js";

export function serveCommand(terminal: Terminal): Command {
  return addServeOptions(
    new Command("serve").description(
      "Serve classification, embeddings, search and label sets over HTTP, to this machine unless told otherwise.",
    ),
  )
    .addHelpText(
      "after",
      "\nEach option has a variable: --host-name is NEARLABEL_HOST_NAME. --config names a file with the same names.\nFlags count before variables, variables before the file.\n",
    )
    .action(async (_flags: ServeFlags, command: Command) => {
      takeSwitches(command);
      const { config } = command.opts<ServeFlags>();
      if (config !== undefined) await takeConfigFile(command, config);
      await serve(command.opts<ServeFlags>(), terminal);
    });
}

/** Serves until a signal. @param start where the page is opened, where it is */
export async function serve(flags: ServeFlags, terminal: Terminal, start = "/"): Promise<void> {
  const openness = opennessOf(flags);
  const { data = join(dataFolder(), "label-sets") } = flags;
  const labelSets = await openLabelSets(data);
  const labelIndexes = await openLabels(flags, labelSets);
  const tables = await openTables(flags);
  const models = await openModels(flags, terminal);
  const explainers = openExplainers(flags, terminal);
  const rankers = new Map([...tables].map(([name, { place }]) => [name, createTableRanker(place)]));
  const curators = openCurators(tables, flags, terminal);
  const logger = loggerOf(flags, terminal);
  const evaluations = await openNamedEvaluations(flags, terminal, logger);
  const jobs = await openJobs(flags);
  const fetcher = flags.allowUrl && createPictureFetcher({ hosts: flags.allowUrl });
  try {
    const parts = {
      models,
      explainers,
      rankers,
      curators,
      tables,
      labelSets,
      labelIndexes,
      evaluations,
      jobs,
      fetcher,
      logger,
      ...(await guardsOf(flags, openness)),
    };
    const app = await createApp({
      ...parts,
      limits: limitsOf(flags),
      queue: queueOf(flags),
    });
    const address = await listen(app, flags);
    await tellServed(app, address, openness, terminal);
    if (flags.open ?? (hasPage(app) && isAtDesktop(terminal))) openPage(`${address}${start}`, terminal);
    terminal.endsItself?.();
    if (!terminal.signal.aborted) await once(terminal.signal, "abort");
    writeLine(terminal.stderr, "Ending: what runs is finished.");
    await app.close();
  } finally {
    for (const model of models.values()) await model.close();
    for (const thread of [...explainers.values(), ...rankers.values(), ...curators.values()])
      await thread.close();
    await evaluations.close();
    await fetcher?.close();
    for (const job of jobs.values()) job.close();
    for (const table of tables.values()) await table.close();
    for (const index of labelIndexes.values()) await index.close();
  }
}

/** @throws NearlabelError OPTION_INVALID where everybody could use the server, and nobody said so */
function opennessOf({ host, keys, insecure }: ServeFlags): Openness {
  if (keys !== undefined || (!isLoopback(host) && readKeys(keysFile()).length > 0)) return "keys";
  if (isLoopback(host)) return "this machine";
  if (insecure) return "everybody";
  throw new NearlabelError(
    "OPTION_INVALID",
    `At ${host} the server can be reached from other machines, and there are no API keys. Make one with nearlabel keys add NAME, or say --insecure.`,
  );
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."));
}

async function guardsOf(flags: ServeFlags, openness: Openness): Promise<Partial<ServerParts>> {
  const { keys = keysFile(), hostName, cors, trustProxy, tlsCert, tlsKey } = flags;
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new NearlabelError("OPTION_INVALID", "Expected both --tls-cert and --tls-key, or neither.");
  }
  if (openness === "keys" && readKeys(keys).length === 0) {
    throw new NearlabelError(
      "OPTION_INVALID",
      `There are no keys in ${keys}. Make one: nearlabel keys add NAME`,
    );
  }
  return {
    hostNames: hostName,
    corsOrigins: cors,
    trustProxy,
    ...(openness === "keys" && { keys: watchKeys(keys) }),
    ...(tlsCert && tlsKey && { tls: await tlsOf(tlsCert, tlsKey) }),
  };
}

async function tlsOf(certPath: string, keyPath: string): Promise<ServerParts["tls"]> {
  const tls = { cert: await pem(certPath), key: await pem(keyPath) };
  try {
    createSecureContext(tls);
  } catch (cause) {
    const message = `${certPath} and ${keyPath} are no certificate and its key, in PEM: ${reasonOf(cause)}.`;
    throw new NearlabelError("OPTION_INVALID", message, { cause });
  }
  return tls;
}

async function pem(path: string): Promise<Buffer> {
  return readFile(path).catch((cause) => {
    throw new NearlabelError("OPTION_INVALID", `${path} cannot be read: ${reasonOf(cause)}.`, { cause });
  });
}

/** JSON lines for programs that collect them; a person at a terminal sees what is served in their place. */
function loggerOf({ log }: ServeFlags, { stdout }: Terminal): ServerParts["logger"] {
  if ((log ?? (stdout.isTTY ? "none" : "json")) === "none") return undefined;
  return pino({ base: null, timestamp: pino.stdTimeFunctions.isoTime }, stdout);
}

function limitsOf(flags: ServeFlags): Partial<Limits> {
  const limits = {
    bodyBytes: megabytes(flags.maxBodyMb),
    pictureBytes: megabytes(flags.maxPictureMb),
    pixels: flags.maxPixels,
    pictures: flags.maxPictures,
    labels: flags.maxLabels,
    seconds: flags.requestSeconds,
    requestsPerMinute: flags.requestsPerMinute,
  };
  return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined));
}

function megabytes(value: number | undefined): number | undefined {
  return value === undefined ? undefined : value * 2 ** 20;
}

function queueOf({ batchSize, longestWait, queue }: ServeFlags): ServerParts["queue"] {
  return { largestBatch: batchSize, longestWait, mostWaiting: queue };
}

async function listen(app: ServerApp, { host, port }: ServeFlags): Promise<string> {
  try {
    return await app.listen({ host, port });
  } catch (cause) {
    const taken = systemErrorCode(cause) === "EADDRINUSE";
    throw new NearlabelError(
      "OPTION_INVALID",
      taken
        ? `Port ${port} at ${host} is taken by another program. Choose one with --port, or 0 for any.`
        : `The server cannot listen at ${host}, port ${port}: ${reasonOf(cause)}.`,
      { cause },
    );
  }
}
