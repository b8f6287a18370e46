import { checkOptions } from "../arguments.js";
import { optionError } from "../errors.js";

/** How much one request, and all together, may ask for. */
export interface Limits {
  /** Bytes of a whole body; base64 takes 4/3 of the picture. */
  readonly bodyBytes: number;
  /** Bytes of all bodies that are being read or worked on. */
  readonly bodyBytesAtOnce: number;
  /** Bytes of one picture. */
  readonly pictureBytes: number;
  /** Pixels of one picture, looked at in its header before it is decoded. */
  readonly pixels: number;
  readonly pictures: number;
  readonly labels: number;
  /** Prompts that the labels of a request make with its templates. */
  readonly prompts: number;
  /** UTF-16 units of a label, class name, template, prompt or text. */
  readonly textLength: number;
  /** Seconds from the first byte of a request to its answer; a stream of answers has as many for each. */
  readonly seconds: number;
  /** Seconds for a client to send its request. */
  readonly secondsToReceive: number;
  /** Bytes of all headers of a request. */
  readonly headerBytes: number;
  /** Requests of one key, or of one address where there are no keys, within a minute. */
  readonly requestsPerMinute: number;
}

const DEFAULT_LIMITS: Limits = {
  bodyBytes: 64 * 2 ** 20,
  bodyBytesAtOnce: 512 * 2 ** 20,
  pictureBytes: 32 * 2 ** 20,
  pixels: 89_478_485,
  pictures: 256,
  labels: 10_000,
  prompts: 20_000,
  textLength: 2_000,
  seconds: 30,
  secondsToReceive: 30,
  headerBytes: 16_384,
  requestsPerMinute: Number.POSITIVE_INFINITY,
};

/** @throws NearlabelError OPTION_INVALID */
export function limitsWith(given: Partial<Limits> = {}): Limits {
  const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];
  checkOptions(given, names, "limits");
  const limits = { ...DEFAULT_LIMITS, ...given };
  for (const name of names) {
    const value = limits[name];
    if (!(typeof value === "number" && value > 0))
      throw optionError(`limits.${name}`, "a number above 0", value);
  }
  return limits;
}
