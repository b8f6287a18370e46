import type { HubOptions } from "../../hub/options.js";
import type { HubProgress } from "../../hub/progress.js";
import { byteText } from "./bytes.js";
import { duration, startLine } from "./progress.js";
import { bar } from "./table.js";
import { type Terminal, writeLine } from "./terminal.js";

/** Shows downloads on stderr: a line that tells how far they are, retries, and what an interrupt leaves. */
export function downloadOptions(terminal: Terminal): HubOptions {
  const { stderr, signal } = terminal;
  const line = startLine(terminal);
  let last: HubProgress | undefined;
  const onAbort = () => {
    line.clear();
    if (last) stderr.write(stoppedText(last));
  };
  return {
    signal,
    onDownload(progress) {
      const isDone = progress.bytes === progress.totalBytes;
      if (!last && isDone) return;
      if (!last) {
        signal.addEventListener("abort", onAbort, { once: true });
        if (!stderr.isTTY) writeLine(stderr, `Downloading ${byteText(progress.totalBytes)}.`);
      }
      last = progress;
      line.draw(() => downloadText(progress));
      if (!isDone) return;
      last = undefined;
      signal.removeEventListener("abort", onAbort);
      line.clear();
    },
    onNotice({ message }) {
      line.clear();
      writeLine(stderr, message);
    },
    onRetry({ reason, wait }) {
      line.clear();
      writeLine(stderr, `${reason.message} Trying again in ${duration(wait / 1000)}.`);
    },
  };
}

/** `onnx/vision_model.onnx ████ 120.0 MB of 351.7 MB  11.2 MB/s  21 s left` */
export function downloadText({ file, bytes, totalBytes, bytesPerSecond }: HubProgress): string {
  const share = totalBytes === 0 ? 1 : bytes / totalBytes;
  const left = bytesPerSecond > 0 ? `${duration((totalBytes - bytes) / bytesPerSecond)} left` : "";
  return `${file} ${bar(share, 20)} ${byteText(bytes)} of ${byteText(totalBytes)}  ${byteText(bytesPerSecond)}/s  ${left}`;
}

function stoppedText({ bytes, totalBytes }: HubProgress): string {
  return (
    `Stopped the download at ${byteText(bytes)} of ${byteText(totalBytes)}. What came is kept; ` +
    "the same command goes on with it.\n"
  );
}
