import type { S3Client } from "@aws-sdk/client-s3";
import { NearlabelError, reasonOf } from "../errors.js";

type Sdk = typeof import("@aws-sdk/client-s3");

/** The SDK and a client with the credentials, region, profile and endpoint of the usual variables and files. */
export interface S3 {
  readonly sdk: Sdk;
  readonly client: S3Client;
  /** An endpoint that somebody named, as stores other than Amazon's have one. */
  readonly endpoint: string | undefined;
  readonly region: string;
}

/** Tries of one request, within a second or two; `answered` goes on for longer. */
const TRIES = 3;
/** Waiting for one of the connections counts too. */
const CONNECT_MS = 10_000;
/** Of one request; nothing that is sent or asked for at once takes longer on a line that is of use. */
const REQUEST_MS = 60_000;
/** What a store is called that does not care. */
const ANY_REGION = "us-east-1";

let opened: Promise<S3> | undefined;

/** The client, opened at the first call: the SDK takes longer to load than the rest of the library. */
export function s3(): Promise<S3> {
  opened ??= open();
  return opened;
}

async function open(): Promise<S3> {
  // It warns otherwise, on standard error, of releases of Node.js that later releases of it will not run on.
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= "true";
  const sdk = await import("@aws-sdk/client-s3").catch((cause: unknown) => {
    throw new NearlabelError("RUNTIME_MISSING", `The client for S3 cannot be loaded: ${reasonOf(cause)}.`, {
      cause,
    });
  });
  const common = {
    maxAttempts: TRIES,
    requestHandler: {
      connectionTimeout: CONNECT_MS,
      requestTimeout: REQUEST_MS,
      throwOnRequestTimeout: true,
      httpAgent: { maxSockets: 64 },
      httpsAgent: { maxSockets: 64 },
    },
    // Many stores know no checksums of this kind; what is written is read back and compared.
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
  } as const;
  const usual = new sdk.S3Client(common);
  const region = await usual.config.region().catch(() => ANY_REGION);
  const endpoint = await namedEndpoint(usual);
  usual.destroy();
  // Stores with an endpoint of their own have no name for each bucket.
  const client = new sdk.S3Client({ ...common, region, forcePathStyle: endpoint !== undefined });
  return { sdk, client, endpoint, region };
}

/** The endpoint of `AWS_ENDPOINT_URL`, `AWS_ENDPOINT_URL_S3` or the profile; the types of the SDK leave out how it is asked for. */
async function namedEndpoint({ config }: S3Client): Promise<string | undefined> {
  const { serviceConfiguredEndpoint: read } = config as {
    serviceConfiguredEndpoint?: () => Promise<unknown>;
  };
  const endpoint = await read?.();
  return typeof endpoint === "string" && endpoint !== "" ? endpoint.replace(/\/+$/, "") : undefined;
}
