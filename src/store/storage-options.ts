import { s3 } from "../objects/s3-client.js";

/**
 * What LanceDB is told of a store that speaks S3: the endpoint and region that the rest of this library uses, which it would read
 * from fewer places. Credentials it finds itself, and renews them. Undefined for other places.
 */
export async function storageOptionsOf(uri: string): Promise<Record<string, string> | undefined> {
  if (!/^s3:\/\//i.test(uri)) return undefined;
  const { endpoint, region } = await s3();
  if (endpoint === undefined) return { aws_region: region };
  return { aws_region: region, aws_endpoint: endpoint, allow_http: String(endpoint.startsWith("http://")) };
}
