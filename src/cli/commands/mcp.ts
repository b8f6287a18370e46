import { once } from "node:events";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { NearlabelError } from "../../errors.js";
import { openLabelSets } from "../../server/label-sets/label-set-folder.js";
import { createService } from "../../server/service.js";
import { dataFolder } from "../flags/data-folder.js";
import { collect, deviceOption, dtypeOption, threadsOption } from "../flags/options.js";
import type { ServeFlags } from "../serve/flags.js";
import { openLabels, openModels, openTables } from "../serve/served.js";
import { type Terminal, writeLine } from "../terminal/terminal.js";

interface McpFlags
  extends Pick<ServeFlags, "model" | "table" | "labels" | "data" | "dtype" | "device" | "threads"> {
  readonly files?: string[];
}

const many = (flags: string, description: string) =>
  new Option(flags, `${description}; may be given more than once`).argParser(collect);

export function mcpCommand(terminal: Terminal): Command {
  return new Command("mcp")
    .description(
      "Give an agent on this machine tools to classify, search and count pictures, by MCP over stdin and stdout.",
    )
    .addOption(many("--files <folder>", "folder whose pictures the agent may name by their paths"))
    .addOption(many("--table <folder>", "table of pictures, or name=folder"))
    .addOption(
      many(
        "-l, --labels <name=file>",
        "label set that the agent may name: a list of labels or a label index",
      ),
    )
    .addOption(many("-m, --model <name>", "built-in model, model folder or hub id, or name=model"))
    .addOption(new Option("--data <folder>", "where label sets are kept (default: in the data folder)"))
    .addOption(dtypeOption())
    .addOption(deviceOption())
    .addOption(threadsOption())
    .addHelpText("after", EXAMPLE)
    .action((flags: McpFlags) => serve(flags, terminal));
}

const EXAMPLE = `
For agents that run on other machines there is /mcp of nearlabel serve.

Example, as most programs with agents have it in their settings:
  { "mcpServers": { "nearlabel": {
      "command": "npx",
      "args": ["nearlabel", "mcp", "--files", "/home/me/Pictures", "--labels", "animals=/home/me/animals.csv"] } } }
`;

/** Until stdin ends, or the program is told to. */
async function serve(flags: McpFlags, terminal: Terminal): Promise<void> {
  const { stdin, stdout, stderr, signal } = terminal;
  const { data = join(dataFolder(), "label-sets"), files = [] } = flags;
  for (const folder of files) await expectFolder(folder);
  if (stdin.isTTY)
    writeLine(stderr, "Waiting for an agent's program, which is to start this: see nearlabel mcp --help.");
  const labelSets = await openLabelSets(data);
  const labelIndexes = await openLabels(flags as ServeFlags, labelSets);
  const tables = await openTables(flags as ServeFlags);
  const models = await openModels({ ...(flags as ServeFlags), replicas: 1 }, terminal);
  const service = createService({ models, tables, labelSets, labelIndexes });
  try {
    const [{ serveStdio, StdioServerTransport }, { createMcpServer }] = await Promise.all([
      import("@modelcontextprotocol/server/stdio"),
      import("../../server/mcp/mcp-server.js"),
    ]);
    const agent = {
      service,
      caller: { client: "stdio", signal },
      expectScope: () => {},
      folders: files,
    };
    const ended = once(stdin, "close", { signal }).catch(() => {});
    const connection = serveStdio(() => createMcpServer(agent), {
      transport: new StdioServerTransport(stdin, stdout),
    });
    await ended;
    await connection.close();
  } finally {
    await service.pictures.close();
    for (const model of models.values()) await model.close();
    for (const table of tables.values()) await table.close();
    for (const index of labelIndexes.values()) await index.close();
  }
}

async function expectFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found?.isDirectory()) return;
  throw new NearlabelError("OPTION_INVALID", `Expected --files to be a folder, got ${path}.`);
}
