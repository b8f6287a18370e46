import { s3 } from "../objects/s3-client.js";

/** For how long a request is tried again, as elsewhere in this library: with waits that double, ten tries are most of a minute. */
const PATIENCE = { client_max_retries: "10", client_retry_timeout: "60" };

/**
 * What LanceDB is told of a store that speaks S3: the endpoint and region that the rest of this library uses, which it would read
 * from fewer places. Credentials it finds itself, and renews them. Undefined for other places.
 */
export async function storageOptionsOf(uri: string): Promise<Record<string, string> | undefined> {
  if (!/^s3:\/\//i.test(uri)) return undefined;
  const { endpoint, region } = await s3();
  const common = { aws_region: region, ...PATIENCE };
  if (endpoint === undefined) return common;
  return { ...common, aws_endpoint: endpoint, allow_http: String(endpoint.startsWith("http://")) };
}
