import { bar } from "./table.js";
import { colour, columnsOf, type Terminal } from "./terminal.js";

/** A line on stderr that tells how far a long run is. Draws nothing where stderr is no terminal. */
export interface Progress {
  /** Sets the number of items done. */
  update(done: number): void;
  /** Takes the line away so that something else can be written; the next update draws it again. */
  clear(): void;
}

const REDRAW_MS = 80;
const SHOW_AFTER_MS = 500;

/** `total` is unknown for a stream of unknown length: then no bar and no time left are shown. */
export function startProgress(terminal: Terminal, what: string, total?: number): Progress {
  const line = startLine(terminal);
  return {
    update: (done) => line.draw((seconds) => progressText(what, done, total, seconds)),
    clear: line.clear,
  };
}

/** A line that is drawn over itself. `text` is asked for only when it is time to draw again. */
export interface Line {
  draw(text: (seconds: number) => string): void;
  clear(): void;
}

/** Nothing is drawn where stderr is no terminal, and not at once, so that what is short shows nothing. */
export function startLine(terminal: Terminal): Line {
  const { stderr } = terminal;
  if (!stderr.isTTY) return { draw() {}, clear() {} };
  const started = performance.now();
  let drawn = started + SHOW_AFTER_MS - REDRAW_MS;
  let visible = false;
  return {
    draw(text) {
      const now = performance.now();
      if (now - drawn < REDRAW_MS) return;
      drawn = now;
      visible = true;
      const shown = text((now - started) / 1000).slice(0, columnsOf(stderr) - 1);
      stderr.write(`${ERASE}${colour(stderr, "dim", shown)}`);
    },
    clear() {
      if (!visible) return;
      eraseLine(terminal);
      visible = false;
      drawn = 0; // so that the next draw puts it back at once
    },
  };
}

const ERASE = "\r\u001b[2K";

/** Takes away what stands on the last line of a terminal: after a failure, a progress line may. */
export function eraseLine({ stderr }: Pick<Terminal, "stderr">): void {
  if (stderr.isTTY) stderr.write(ERASE);
}

/** One line: what, how many of how many, the rate and the time left, which are guesses from the time so far. */
function progressText(what: string, done: number, total: number | undefined, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0;
  const rateText = `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`;
  if (total === undefined) return `${what} ${done}  ${rateText}`;
  const share = total === 0 ? 1 : done / total;
  const left = rate > 0 ? `${duration((total - done) / rate)} left` : "";
  return `${what} ${bar(share, 20)} ${done}/${total}  ${rateText}  ${left}`;
}

/** `42 s`, `3 min 05 s`, `2 h 07 min`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
