import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { NearlabelError } from "../../errors.js";
import { printableJson } from "../../files/printable.js";
import { addKey, readKeys, removeKey, type StoredKey } from "../../server/access/key-file.js";
import { SCOPES, type Scope } from "../../server/access/keys.js";
import { dataFolder } from "../flags/data-folder.js";
import { wholeNumber } from "../flags/options.js";
import { tableLines } from "../terminal/table.js";
import { roomOf, type Terminal, writeLine } from "../terminal/terminal.js";

export const keysFile = (): string => join(dataFolder(), "keys.json");

const fileOption = () =>
  new Option("--keys <file>", "file with the keys (default: keys.json in the data folder)").env(
    "NEARLABEL_KEYS",
  );

export function keysCommand(terminal: Terminal): Command {
  return new Command("keys")
    .description("Look after the API keys of nearlabel serve. Secrets are shown once, and stored as hashes.")
    .addCommand(addCommand(terminal))
    .addCommand(listCommand(terminal))
    .addCommand(removeCommand(terminal));
}

interface AddFlags {
  keys?: string;
  scope: Scope[];
  perMinute?: number;
}

function addCommand({ stdout, stderr }: Terminal): Command {
  return new Command("add")
    .description("Make a key and show its secret, this once.")
    .argument("<name>", "whose key it is, or what for")
    .addOption(
      new Option("-s, --scope <scopes>", `what it allows, between commas: ${SCOPES.join(", ")}`)
        .argParser(scopesOf)
        .default(["read", "classify"], "read,classify"),
    )
    .addOption(new Option("--per-minute <n>", "requests a minute").argParser(wholeNumber(1)))
    .addOption(fileOption())
    .action(async (name: string, { keys = keysFile(), scope, perMinute }: AddFlags) => {
      const { key, secret } = await addKey(keys, { name, scopes: scope, perMinute });
      writeLine(
        stderr,
        `Key ${key.id} for "${name}" (${key.scopes.join(", ")}), kept in ${keys}. Its secret is not shown again:`,
      );
      stdout.write(`${secret}\n`);
    });
}

function scopesOf(text: string): Scope[] {
  const scopes = text.split(",").map((scope) => scope.trim());
  const unknown = scopes.filter((scope) => !SCOPES.includes(scope as Scope));
  if (unknown.length > 0) {
    throw new InvalidArgumentError(
      `There is no scope ${unknown.join(", ")}: there are ${SCOPES.join(", ")}.`,
    );
  }
  return scopes as Scope[];
}

function listCommand({ stdout, stderr }: Terminal): Command {
  return new Command("list")
    .description("List the keys, without their secrets.")
    .option("--json", "write an array")
    .addOption(fileOption())
    .action(({ json, keys: file = keysFile() }: { json?: true; keys?: string }) => {
      const keys = readKeys(file);
      if (json) return void stdout.write(`${printableJson(keys.map(shown), 2)}\n`);
      if (keys.length === 0)
        return writeLine(stderr, `No keys in ${file}. Make one: nearlabel keys add NAME`);
      const columns = ["id", "name", "scopes", "per minute", "created"].map((header) => ({ header }));
      const rows = keys.map(({ id, name, scopes, perMinute, created }) => [
        id,
        name,
        scopes.join(", "),
        perMinute === undefined ? "" : String(perMinute),
        created.slice(0, 10),
      ]);
      for (const line of tableLines(columns, rows, roomOf(stdout))) stdout.write(`${line}\n`);
    });
}

function shown({ hash: _, ...key }: StoredKey): Omit<StoredKey, "hash"> {
  return key;
}

function removeCommand({ stderr }: Terminal): Command {
  return new Command("remove")
    .description("Take a key away. A server that runs refuses it within a second.")
    .argument("<id>", "as keys list shows it")
    .addOption(fileOption())
    .action(async (id: string, { keys = keysFile() }: { keys?: string }) => {
      if (!(await removeKey(keys, id))) {
        throw new NearlabelError(
          "OPTION_INVALID",
          `There is no key "${id}" in ${keys}. nearlabel keys list shows all.`,
        );
      }
      writeLine(stderr, `Key ${id} is gone.`);
    });
}
