import { tableLines } from "./table.js";
import { colour, type Terminal, writeLine } from "./terminal.js";

/** A text of numbered steps, each with named values. */
export interface Page {
  /** @throws the reason of the terminal's signal, so that an interrupted text begins no further step */
  step(title: string, why: string): void;
  /** Names and what they are, aligned below one another. */
  values(values: Readonly<Record<string, string>>): void;
  lines(lines: readonly string[]): void;
}

export function createPage({ stdout, signal }: Terminal): Page {
  let number = 0;
  return {
    step(title, why) {
      signal.throwIfAborted();
      const heading = colour(stdout, ["bold", "cyan"], `${++number}. ${title}`);
      stdout.write("\n");
      writeLine(stdout, heading, "  ", colour(stdout, "dim", why));
    },
    values(values) {
      const rows = Object.entries(values).map(([name, value]) => ["", colour(stdout, "dim", name), value]);
      stdout.write(`${tableLines([{ header: "" }, { header: "" }, { header: "" }], rows).join("\n")}\n`);
    },
    lines: (lines) => void stdout.write(lines.map((line) => (line === "" ? "\n" : `  ${line}\n`)).join("")),
  };
}

/** The first numbers of a vector, as one looks at them: `[0.0123, -0.4560, 1.2000, ...]`. */
export function firstNumbers(vector: ArrayLike<number>, count = 5): string {
  const shown = Array.from({ length: Math.min(count, vector.length) }, (_, at) => vector[at]!.toFixed(4));
  return `[${shown.join(", ")}${vector.length > count ? ", ..." : ""}]`;
}

/** `0.91 to 1.37`. */
export function range(values: ArrayLike<number>): string {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i < values.length; i++) {
    min = Math.min(min, values[i]!);
    max = Math.max(max, values[i]!);
  }
  return `${min.toFixed(4)} to ${max.toFixed(4)}`;
}
