/** What a block of a page is for. */
type BlockKind =
  /** A program. */
  | "js"
  | "ts"
  /** Command lines of a shell. */
  | "sh"
  /** Command lines after `$ `, each with what it prints. */
  | "console"
  /** What the program or the command lines before it print. */
  | "text"
  /** The command line of a server, with what it says once it serves; it runs until the page ends. */
  | "serves"
  /** The file that the comment before it names. */
  | "file"
  /** Marked as nothing that could be run: a layout of files, a format. */
  | "shown"
  /** Marked with the reason why it is not run. */
  | "not run"
  | "unknown";

export interface Block {
  readonly kind: BlockKind;
  /** The line of the page on which its text begins, from 1. */
  readonly line: number;
  /** Without indentation. */
  readonly lines: readonly string[];
  /** What stands before each of its lines on the page. */
  readonly indent: string;
  /** What the comment before it says: the reason why it is not run, what it shows, or the name of the file. */
  readonly mark: string;
}

const KINDS = new Set(["js", "ts", "sh", "text"]);

/** The fenced and indented blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const lines = page.split("\n");
  const blocks: Block[] = [];
  let at = 0;
  while (at < lines.length) {
    const fence = /^```(.*)$/.exec(lines[at]!);
    const indented = lines[at]!.startsWith("    ") && (lines[at - 1] ?? "").trim() === "";
    if (!fence && !indented) {
      at++;
      continue;
    }
    const start = fence ? at + 1 : at;
    let end = start;
    if (fence) while (end < lines.length && lines[end] !== "```") end++;
    else while (end < lines.length && /^( {4}|$)/.test(lines[end]!)) end++;
    const indent = fence ? "" : "    ";
    const text = lines.slice(start, end).map((line) => line.slice(indent.length));
    while (!fence && text.at(-1) === "") text.pop();
    blocks.push({
      ...kindOf(fence?.[1], text, commentBefore(lines, at)),
      line: start + 1,
      lines: text,
      indent,
    });
    at = fence ? end + 1 : end;
  }
  return blocks;
}

/** The comment in the line before a block, or before the empty line that an indented block needs. */
function commentBefore(lines: readonly string[], at: number): string {
  const before = lines[at - 1] === "" ? lines[at - 2] : lines[at - 1];
  return /^<!-- (.*) -->$/.exec(before ?? "")?.[1] ?? "";
}

function kindOf(
  language: string | undefined,
  lines: readonly string[],
  comment: string,
): Pick<Block, "kind" | "mark"> {
  const [, kind, mark = ""] = /^(not run|shown|file|serves): (.+)$/.exec(comment) ?? [];
  if (kind) return { kind: kind as BlockKind, mark };
  if (language !== undefined)
    return { kind: KINDS.has(language) ? (language as BlockKind) : "unknown", mark };
  if (lines[0]!.startsWith("$ ")) return { kind: "console", mark };
  return { kind: lines[0]!.startsWith("nearlabel ") ? "sh" : "unknown", mark };
}

/** The command lines of a `console` block, each with the lines that follow it. */
export function commandsOf(block: Block): { command: string; printed: string[] }[] {
  const commands: { command: string; printed: string[] }[] = [];
  for (const line of block.lines) {
    if (line.startsWith("$ ")) commands.push({ command: line.slice(2), printed: [] });
    else commands.at(-1)!.printed.push(line);
  }
  return commands;
}

/** Whether a page shows what was printed. `…` alone in a line stands for any lines, elsewhere for any part of its line. */
export function shows(printed: readonly string[], output: string): boolean {
  const escaped = printed.map((line) =>
    line === "…" ? "(?:.*\\n)*?" : `${line.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&").replaceAll("…", ".*")}\\n`,
  );
  return new RegExp(`^${escaped.join("")}$`).test(`${output.trimEnd()}\n`);
}

/** The page with other lines in the place of a block's. */
export function withLines(page: string, block: Block, lines: readonly string[]): string {
  const all = page.split("\n");
  const indented = lines.map((line) => (line === "" ? "" : block.indent + line));
  all.splice(block.line - 1, block.lines.length, ...indented);
  return all.join("\n");
}
