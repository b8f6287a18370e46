/** How far a download is. */
export interface HubProgress {
  /** The file that something came of. */
  readonly file: string;
  /** Bytes that are here, of the files that were not in the cache at the start; what an earlier run left counts. */
  readonly bytes: number;
  readonly totalBytes: number;
  /** Received over the last seconds. */
  readonly bytesPerSecond: number;
}

/** Milliseconds over which the rate is taken. */
const rateWindow = 5_000;
const sampleEvery = 100;

/** Adds up what is here of each file, and calls `onProgress` whenever that changes. */
export function trackProgress(
  totalBytes: number,
  onProgress: ((progress: HubProgress) => void) | undefined,
): (file: string, bytesHere: number) => void {
  const here = new Map<string, number>();
  const samples: { time: number; received: number }[] = [];
  let bytes = 0;
  let received = 0;
  return (file, bytesHere) => {
    const before = here.get(file);
    here.set(file, bytesHere);
    bytes += bytesHere - (before ?? 0);
    // The first word of a file tells what was there before: not received now.
    if (before !== undefined) received += Math.max(0, bytesHere - before);
    const time = performance.now();
    if (time - (samples.at(-1)?.time ?? -sampleEvery) >= sampleEvery) samples.push({ time, received });
    while (time - samples[0]!.time > rateWindow) samples.shift();
    const seconds = (time - samples[0]!.time) / 1000;
    const bytesPerSecond = seconds > 0 ? (received - samples[0]!.received) / seconds : 0;
    onProgress?.({ file, bytes, totalBytes, bytesPerSecond });
  };
}
