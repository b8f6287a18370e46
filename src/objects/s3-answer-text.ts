import { reasonOf } from "../errors.js";

/**
 * The answer of a store that speaks S3, as the SDK would throw it, of a message by Rust's crate object_store, on which LanceDB rests.
 * Undefined for failures of another kind: a file of a table that is not there, or two writers that met.
 */
export function answerInText(cause: unknown): Error | undefined {
  const text = reasonOf(cause);
  if (!text.includes("Generic S3 error")) return undefined;
  const status = numberIn(/status code: (\d{3})/.exec(text));
  const code = /<Code>(\w+)<\/Code>/.exec(text)?.[1];
  if ([409, 412].includes(status ?? 0) || (status === 404 && code !== "NoSuchBucket")) return undefined;
  const answer = new Error(/<Message>([^<]*)<\/Message>/.exec(text)?.[1] ?? lastPart(text));
  const name = code ?? (/credential/i.test(text) ? "CredentialsProviderError" : "Error");
  return Object.assign(answer, { name, $metadata: { httpStatusCode: status } });
}

function numberIn(match: RegExpExecArray | null): number | undefined {
  return match ? Number(match[1]) : undefined;
}

/** Behind what was asked, and how often. */
function lastPart(text: string): string {
  const [first = text] = text.split(/,\s+\S+\.rs:\d+|\n|\s+Caused by:/);
  return first.split(" - ").at(-1)!.trim();
}
