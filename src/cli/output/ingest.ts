import type { IngestCounts, IngestProgress } from "../../images/ingest/ingest-options.js";
import { count, counted } from "../../math/number-text.js";
import { duration, startLine } from "../terminal/progress.js";
import { bar } from "../terminal/table.js";
import type { Terminal } from "../terminal/terminal.js";

/** Seconds over which the rate is measured: files that did not change go by a thousand times as fast as others. */
const RATE_SECONDS = 10;

interface Sample {
  readonly at: number;
  readonly done: number;
}

/** A line that tells how far an ingest is, with the rate of the last seconds and the time left by it. */
export function startIngestProgress(terminal: Terminal): {
  update(progress: IngestProgress): void;
  clear(): void;
} {
  const line = startLine(terminal);
  let samples: Sample[] = [{ at: performance.now(), done: 0 }];
  return {
    update(progress) {
      const now = performance.now();
      samples.push({ at: now, done: progress.done });
      const from = now - 1000 * RATE_SECONDS;
      const first = samples.findIndex(({ at }) => at >= from);
      samples = samples.slice(Math.max(0, Math.min(first, samples.length - 2)));
      line.draw(() => progressText(progress, rateOf(samples)));
    },
    clear: line.clear,
  };
}

function rateOf(samples: readonly Sample[]): number {
  const [first, last] = [samples[0]!, samples.at(-1)!];
  return last.at > first.at ? (1000 * (last.done - first.done)) / (last.at - first.at) : 0;
}

function progressText({ done, total, embedded, failed }: IngestProgress, rate: number): string {
  const rateText = `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
  const news = `${count(embedded)} embedded${failed > 0 ? `, ${count(failed)} failed` : ""}`;
  if (total === undefined) return `pictures ${count(done)}  ${rateText}  ${news}`;
  const share = total === 0 ? 1 : Math.min(1, done / total);
  const left = rate > 0 && total > done ? `${duration((total - done) / rate)} left` : "";
  return `pictures ${bar(share, 20)} ${count(done)}/${count(total)}  ${rateText}  ${left}  ${news}`;
}

/** `12 added, 1 changed, 3 unchanged`; what there was none of is left out. */
export function countsText(counts: IngestCounts): string {
  const named: readonly (readonly [number, string])[] = [
    [counts.added, "added"],
    [counts.changed, "changed"],
    [counts.moved, "moved"],
    [counts.unchanged, "unchanged"],
    [counts.pruned, "pruned"],
    [counts.failed, "failed"],
    [counts.failedBefore, "failed before"],
    [counts.gone, "gone meanwhile"],
  ];
  const told = named.filter(([number]) => number > 0).map(([number, what]) => `${count(number)} ${what}`);
  return told.length === 0 ? "no pictures" : told.join(", ");
}

/** What a person should know beside the counts, a sentence each. */
export function ingestNotes({ paired, unfit, failedBefore }: IngestCounts, place: string): string[] {
  const notes: string[] = [];
  if (paired > 0)
    notes.push(`${counted(paired, "RAW file")} passed over: a JPEG or HEIC of the same name is there.`);
  if (unfit > 0)
    notes.push(
      `${counted(unfit, "cell")} did not fit the type of the column, and ${unfit === 1 ? "is" : "are"} empty.`,
    );
  if (failedBefore > 0) {
    notes.push(
      `What failed before is tried again when it changes, or with --retry. See nearlabel images info ${place}`,
    );
  }
  return notes;
}
