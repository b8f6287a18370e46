import { s3 } from "../objects/s3-client.js";

/** With waits from 0.1 s on that double up to 15 s: about a minute, as for other objects. By itself LanceDB gives up within a second. */
const RETRIES = "10";

/**
 * What LanceDB is told of a store that speaks S3: the endpoint and region that the rest of this library uses, which it would read
 * from fewer places. Credentials it finds itself, and renews them. Undefined for other places.
 */
export async function storageOptionsOf(uri: string): Promise<Record<string, string> | undefined> {
  if (!/^s3:\/\//i.test(uri)) return undefined;
  const { endpoint, region } = await s3();
  const common = { aws_region: region, client_max_retries: RETRIES };
  if (endpoint === undefined) return common;
  return { ...common, aws_endpoint: endpoint, allow_http: String(endpoint.startsWith("http://")) };
}
