import type { DatasetSurvey, SizeCount } from "../../datasets/survey.js";
import { printableJson } from "../../files/printable.js";
import { count, counted, percent } from "../../math/number-text.js";
import type { Dataset } from "../../rows/dataset.js";
import { bar, type Column, tableLines } from "../terminal/table.js";
import { colour } from "../terminal/terminal.js";

/** Labels shown from each end by count, of a data set with more than twice as many. */
const EITHER_END = 10;
/** Sizes and formats that are named; the others are summed up. */
const NAMED = 5;
const BAR = 24;

/** What a data set holds, for people. */
export function surveyText(
  dataset: Dataset,
  survey: DatasetSurvey,
  { all = false }: { all?: boolean | undefined },
  stdout: NodeJS.WriteStream,
): string {
  const facts = factsOf(dataset, survey).map(([name, value]) => [colour(stdout, "dim", name), value]);
  const lines = tableLines([{ header: "" }, { header: "" }], facts);
  const labels = survey.labels.size > 0 ? ["", ...labelLines(survey.labels, all, stdout)] : [];
  return `${[...lines, ...labels].join("\n")}\n`;
}

function factsOf(dataset: Dataset, survey: DatasetSurvey): [string, string][] {
  const { rows, labels, unlabelled, unreadable, sizes, formats } = survey;
  const facts: [string, string][] = [["name", dataset.name]];
  if (dataset.format !== undefined) facts.push(["format", dataset.format]);
  if (dataset.splits && dataset.splits.length > 1) facts.push(["splits", dataset.splits.join(", ")]);
  const seen =
    dataset.size === undefined || dataset.size === rows ? "" : ` of ${count(dataset.size)} looked at`;
  facts.push(["pictures", `${count(rows)}${seen}`]);
  if (unreadable > 0) facts.push(["unreadable", count(unreadable)]);
  const empty = [...labels.values()].filter((pictures) => pictures === 0).length;
  const without = empty > 0 ? `, ${count(empty)} without a picture` : "";
  facts.push(["labels", labels.size === 0 ? "none" : `${count(labels.size)}${without}`]);
  if (labels.size > 0 && unlabelled > 0) facts.push(["unlabelled", counted(unlabelled, "picture")]);
  if (sizes.length > 0) facts.push(["sizes", sizesText(sizes)]);
  if (formats.size > 0) facts.push(["formats", sharesText([...formats], rows - unreadable)]);
  return facts;
}

/** `32 x 32`; or the range of each side, and the most frequent sizes. */
function sizesText(sizes: readonly SizeCount[]): string {
  const total = sizes.reduce((sum, { pictures }) => sum + pictures, 0);
  const shares = sharesText(
    sizes.map(({ width, height, pictures }) => [`${width} x ${height}`, pictures]),
    total,
  );
  if (sizes.length === 1) return shares;
  const [narrowest, widest] = rangeOf(sizes.map(({ width }) => width));
  const [lowest, tallest] = rangeOf(sizes.map(({ height }) => height));
  return `${narrowest} to ${widest} wide, ${lowest} to ${tallest} high: ${shares}`;
}

/** Not by spreading: a data set may have more sizes than a call takes arguments. */
function rangeOf(values: readonly number[]): [number, number] {
  return values.reduce(
    ([low, high], value): [number, number] => [Math.min(low, value), Math.max(high, value)],
    [Number.POSITIVE_INFINITY, 0],
  );
}

/** `JPEG 92.1 %, PNG 7.9 %`, and how many kinds more there are; of a single kind its name alone. */
function sharesText(counts: readonly (readonly [string, number])[], total: number): string {
  if (counts.length === 1) return counts[0]![0];
  const named = counts.slice(0, NAMED).map(([name, pictures]) => `${name} ${percent(pictures / total)}`);
  const others = counts.length - named.length;
  return [...named, ...(others > 0 ? [`${count(others)} others`] : [])].join(", ");
}

function labelLines(labels: ReadonlyMap<string, number>, all: boolean, stdout: NodeJS.WriteStream): string[] {
  const byCount = [...labels].sort(([, a], [, b]) => b - a);
  const most = byCount[0]?.[1] ?? 0;
  const cells = byCount.map(([label, pictures]) => [
    label,
    count(pictures),
    bar(most === 0 ? 0 : pictures / most, BAR),
  ]);
  const columns: Column[] = [{ header: "label" }, { header: "pictures", align: "right" }, { header: "" }];
  const [header = "", ...lines] = tableLines(columns, cells);
  const hidden = lines.length - 2 * EITHER_END;
  const shown =
    all || hidden <= 0
      ? lines
      : [
          ...lines.slice(0, EITHER_END),
          `${colour(stdout, "dim", `... ${count(hidden)} more; --all shows them ...`)}`,
          ...lines.slice(-EITHER_END),
        ];
  return [`${colour(stdout, "dim", header)}`, ...shown];
}

/** What a data set holds, for programs; the schema is in docs/datasets.md. */
export function surveyJson({ name, format, splits, size }: Dataset, survey: DatasetSurvey): string {
  const { rows, unlabelled, unreadable, sizes, labels, formats, failures } = survey;
  const content = {
    name,
    format,
    splits,
    size,
    rows,
    labels: [...labels].map(([label, pictures]) => ({ label, pictures })),
    unlabelled,
    sizes,
    formats: [...formats].map(([name, pictures]) => ({ format: name, pictures })),
    unreadable,
    failures,
  };
  return `${printableJson(content, 2)}\n`;
}
