import { readFile, writeFile } from "node:fs/promises";
import { basename, isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const PAGE = fileURLToPath(new URL("../../../docs/clients.md", import.meta.url));

/** Holds docs/clients.md to what a program printed; with `WRITE_DOCS=1` writes it there. */
export async function expectShown(file: string, args: readonly string[], printed: string): Promise<void> {
  const page = await readFile(PAGE, "utf8");
  const mark = `<!-- shown: ${file} -->\n\n`;
  const from = page.indexOf(mark) + mark.length;
  const [shown = ""] = /^(?: {4}.*\n)*/.exec(page.slice(from)) ?? [];
  const session = sessionOf(file, args, printed);
  if (process.env.WRITE_DOCS === "1") {
    await writeFile(PAGE, page.slice(0, from) + session + page.slice(from + shown.length));
  } else {
    expect(shown).toBe(session);
  }
}

function sessionOf(file: string, args: readonly string[], printed: string): string {
  const words = args.map((arg) => quoted(isAbsolute(arg) ? basename(arg) : arg));
  const command = [file.endsWith(".py") ? "python" : "node", file, ...words].join(" ");
  return [`$ ${command}`, ...printed.trimEnd().split("\n")].map((line) => `    ${line}\n`).join("");
}

function quoted(word: string): string {
  return /[^\w./:-]/.test(word) ? `"${word}"` : word;
}
