import { type ChildProcess, execFile, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import ts from "typescript";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Block, blocksOf, commandsOf, shows, withLines } from "./docs/blocks.js";
import { ROOT, servedRepos, writeFiles } from "./docs/files.js";
import { type HubServer, startHubServer } from "./hub-server.js";

const execute = promisify(execFile);
const WRITE = process.env.WRITE_DOCS === "1";
const PAGES = [
  "README.md",
  ...readdirSync(join(ROOT, "docs"))
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
];

const RUN = new Set(["js", "ts", "sh", "console", "file", "serves"]);

let scratch: string;
let hub: HubServer;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "nearlabel-docs-"));
  await mkdir(join(scratch, "files"));
  await writeFiles(join(scratch, "files"));
  await Promise.all(PAGES.filter((page) => isRun(blocksOn(page))).map(writeFolder));
  programs = ts.createProgram(typeScriptFiles(), compilerOptions);
  hub = await startHubServer(await servedRepos());
});

afterAll(async () => {
  await hub.close();
  await rm(scratch, { recursive: true, force: true });
});

function blocksOn(page: string): Block[] {
  return blocksOf(readFileSync(join(ROOT, page), "utf8"));
}

function isRun(blocks: readonly Block[]): boolean {
  return blocks.some(({ kind }) => RUN.has(kind));
}

/** A folder of its own for a page, in which each block finds what those before it made. */
function folderOf(page: string): string {
  return join(scratch, page.replace(/\W/g, "-"));
}

/** Makes the folder of a page, with its programs in TypeScript. */
async function writeFolder(page: string): Promise<void> {
  const folder = folderOf(page);
  await cp(join(scratch, "files"), folder, { recursive: true, verbatimSymlinks: true });
  const blocks = blocksOn(page).filter(({ kind }) => kind === "ts");
  for (const { line, lines } of blocks) await writeFile(fileOf(folder, line, "mts"), `${lines.join("\n")}\n`);
}

function fileOf(folder: string, line: number, ending: "mjs" | "mts"): string {
  return join(folder, `line-${line}.${ending}`);
}

/** What a program prints. */
async function run(folder: string, program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await execute(program, args, { cwd: folder, env: environment(folder) });
  return stdout;
}

function environment(folder: string) {
  return {
    PATH: `${join(folder, "node_modules/.bin")}:${process.env.PATH}`,
    HOME: folder,
    HF_ENDPOINT: hub.endpoint,
    NO_COLOR: "1",
  };
}

const compilerOptions: ts.CompilerOptions = {
  strict: true,
  skipLibCheck: true,
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.NodeNext,
  lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts"],
  types: ["node"],
  typeRoots: [join(ROOT, "node_modules/@types")],
};

/** The programs in TypeScript of all pages, as one: the declarations that they import are read and checked once. */
let programs: ts.Program;

function typeScriptFiles(): string[] {
  return PAGES.flatMap((page) =>
    blocksOn(page)
      .filter(({ kind }) => kind === "ts")
      .map(({ line }) => fileOf(folderOf(page), line, "mts")),
  );
}

/** TypeScript as JavaScript, or an error with what a strict compiler says of it. */
function compiled(file: string): string {
  const source = programs.getSourceFile(file)!;
  const problems = ts.getPreEmitDiagnostics(programs, source);
  if (problems.length > 0) {
    throw new Error(
      ts.formatDiagnostics(problems, {
        getCanonicalFileName: (name) => name,
        getCurrentDirectory: () => dirname(file),
        getNewLine: () => "\n",
      }),
    );
  }
  programs.emit(source);
  return file.replace(/\.mts$/, ".mjs");
}

const servers: ChildProcess[] = [];
afterAll(() => {
  for (const server of servers) server.kill();
});

/** The port that pages have, and the one that their server got. */
const PORT = "127.0.0.1:8080";
const portOf = new Map<string, string>();

/** Starts a server at a free port. What it says, with the port of the page. */
async function serve(folder: string, command: string): Promise<string> {
  const env = { ...environment(folder), NEARLABEL_PORT: "0", NEARLABEL_DATA: join(folder, "data") };
  const server = spawn("bash", ["-c", `exec ${command}`], {
    cwd: folder,
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  servers.push(server);
  let told = "";
  for await (const data of server.stderr!.setEncoding("utf8")) {
    told += data;
    if (/Try it:\n.*\n/.test(told)) break;
  }
  const [port = ""] = /127\.0\.0\.1:\d+/.exec(told) ?? [];
  portOf.set(folder, port);
  return told.replaceAll(port, PORT).replaceAll(ROOT, "");
}

/** What a block prints: of a `console` block, one text a command. */
async function outputsOf(block: Block, folder: string): Promise<string[]> {
  const text = `${block.lines.join("\n")}\n`.replaceAll(PORT, portOf.get(folder) ?? PORT);
  if (block.kind === "serves") return [await serve(folder, commandsOf(block)[0]!.command)];
  if (block.kind === "file") {
    await writeFile(join(folder, block.mark), text);
    return [];
  }
  if (block.kind === "ts") {
    return [await run(folder, process.execPath, [compiled(fileOf(folder, block.line, "mts"))])];
  }
  if (block.kind === "js") {
    const program = fileOf(folder, block.line, "mjs");
    await writeFile(program, text);
    return [await run(folder, process.execPath, [program])];
  }
  const commands =
    block.kind === "sh"
      ? [text]
      : commandsOf(block).map(({ command }) => command.replaceAll(PORT, portOf.get(folder) ?? PORT));
  const outputs = [];
  for (const command of commands) outputs.push(await run(folder, "bash", ["-ec", command]));
  return outputs;
}

/** The blocks of a page whose output is not the one that the page shows, with the lines that it should show. */
async function differences(blocks: readonly Block[], folder: string): Promise<[Block, string[]][]> {
  const found: [Block, string[]][] = [];
  for (const [i, block] of blocks.entries()) {
    if (!RUN.has(block.kind)) continue;
    const outputs = await outputsOf(block, folder).catch((error) => {
      throw new Error(`The block at line ${block.line} fails: ${error.message}`);
    });
    const next = blocks[i + 1];
    if (block.kind === "console" || block.kind === "serves") {
      const commands = commandsOf(block);
      if (commands.every(({ printed }, at) => shows(printed, outputs[at]!))) continue;
      const lines = commands.map(({ command }, at) => [`$ ${command}`, ...linesOf(outputs[at]!)]);
      found.push([block, lines.flat()]);
    } else if (next?.kind === "text" && !shows(next.lines, outputs[0]!)) {
      found.push([next, linesOf(outputs[0]!)]);
    }
  }
  return found;
}

function linesOf(output: string): string[] {
  return output.trimEnd().split("\n");
}

describe.concurrent.each(PAGES)("%s", (page) => {
  const text = readFileSync(join(ROOT, page), "utf8");
  const blocks = blocksOf(text);

  it("has no block that is neither run nor marked", () => {
    const unknown = blocks.filter(({ kind }) => kind === "unknown").map(({ line }) => `${page}:${line}`);
    expect(unknown, "Each block is run, or has a comment before it; CONTRIBUTING.md tells which").toEqual([]);
  });

  it.runIf(isRun(blocks))("has blocks that do what is printed", async () => {
    const different = await differences(blocks, folderOf(page));
    if (WRITE) {
      const written = different.reduceRight((all, [block, lines]) => withLines(all, block, lines), text);
      writeFileSync(join(ROOT, page), written);
      return;
    }
    expect(
      different.map(([block, lines]) => [`line ${block.line}`, ...lines]),
      "WRITE_DOCS=1 npx vitest run test/docs.test.ts writes what is printed now",
    ).toEqual([]);
  });
});

describe.each([...PAGES, "CONTRIBUTING.md", "bench/README.md"])("%s", (page) => {
  it("has links that lead somewhere", () => {
    const text = readFileSync(join(ROOT, page), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)\s]+)\)/g)].map(([, link]) => link!);
    expect(links.filter((link) => !leadsSomewhere(join(ROOT, page), link))).toEqual([]);
  });
});

/** Whether a page has what a link names: a file, and in it a heading. */
function leadsSomewhere(page: string, link: string): boolean {
  const [path, anchor] = link.split("#") as [string, string?];
  const file = path === "" ? page : join(dirname(page), path);
  if (!existsSync(file)) return false;
  if (anchor === undefined) return true;
  const headings = [...readFileSync(file, "utf8").matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
  return headings.includes(anchor);
}

describe("the pages", () => {
  const all = PAGES.flatMap((page) => blocksOf(readFileSync(join(ROOT, page), "utf8")));
  const run = all.filter(({ kind }) => RUN.has(kind)).length;
  const notRun = all.filter(({ kind }) => kind === "not run").length;
  it(`have ${run} blocks that are run, and ${notRun} that say why they are not`, () => {
    expect(run).toBeGreaterThan(2 * notRun);
  });
});
