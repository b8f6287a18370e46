import { lookup } from "node:dns/promises";
import { isIP, type LookupFunction } from "node:net";
import { Agent, request } from "undici";
import { NearlabelError } from "../../errors.js";
import type { Limits } from "../limits.js";
import { RequestError } from "../problems/request-error.js";
import { type Picture, pictureOf } from "./picture.js";
import { isPublicAddress } from "./public-address.js";

/** How much of a picture is read, and until when. */
interface FetchRules {
  readonly limits: Limits;
  /** Told of each piece as it comes, and of those of a picture that is given up, with a minus. What it throws ends the fetch. */
  hold(bytes: number): void;
  /** Rejects with its reason. */
  readonly signal: AbortSignal;
}

/** Fetches pictures by their addresses, from hosts that were named only. */
export interface PictureFetcher {
  /** @throws RequestError ADDRESS_REFUSED, IMAGE_NOT_FOUND, IMAGE_TOO_LARGE */
  fetch(address: string, name: string, rules: FetchRules): Promise<Picture>;
  close(): Promise<void>;
}

export interface FetcherOptions {
  /** Hosts, as `pictures.example` or `pictures.example:8443`; without a port those of HTTP and HTTPS count. */
  readonly hosts: readonly string[];
  /** The addresses of a name. Default: the system's. */
  readonly resolve?: (host: string) => Promise<readonly string[]>;
  /** Which addresses may be connected to. Default: those of the internet. */
  readonly isAllowed?: (address: string) => boolean;
  /** For one picture, redirects included. Default: 10. */
  readonly seconds?: number;
}

const REDIRECTS = 3;

/** @throws NearlabelError OPTION_INVALID for a host that is none */
export function createPictureFetcher({
  hosts,
  resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address),
  isAllowed = isPublicAddress,
  seconds = 10,
}: FetcherOptions): PictureFetcher {
  const named = new Set(hosts.map(hostOf));
  // The address that was looked at is the one that is connected to: a name that leads elsewhere a moment later changes nothing.
  const checkedLookup: LookupFunction = (host, { all }, callback) => {
    resolve(host).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const wrong = found.length === 0 || !addresses.every(isAllowed);
        if (wrong) return callback(refused("its name leads to no address of the internet"), "");
        if (all) callback(null, found);
        else callback(null, found[0]!.address, found[0]!.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, ""),
    );
  };
  const time = seconds * 1000;
  const agent = new Agent({ connect: { lookup: checkedLookup }, headersTimeout: time, bodyTimeout: time });
  const checked = (address: string, base?: URL): URL => {
    if (!URL.canParse(address, base?.href)) throw refused("it is none");
    const url = new URL(address, base?.href);
    const { protocol, hostname, host, username, password } = url;
    if (protocol !== "http:" && protocol !== "https:") throw refused("it is not of HTTP");
    if (username !== "" || password !== "") throw refused("it holds a name or a password");
    if (!named.has(host))
      throw refused(`the host ${host.slice(0, 100)} is not one that pictures may come from`);
    const literal = hostname.replace(/^\[|\]$/g, "");
    if (isIP(literal) && !isAllowed(literal)) throw refused("it is no address of the internet");
    return url;
  };
  return {
    async fetch(address, name, { limits, hold, signal }) {
      const notFetched = (error: unknown): never => {
        signal.throwIfAborted();
        if (error instanceof RequestError) throw error;
        throw new RequestError(
          "IMAGE_NOT_FOUND",
          `Picture "${name}" could not be fetched from its address.`,
          {
            cause: error,
          },
        );
      };
      const stop = AbortSignal.any([signal, AbortSignal.timeout(time)]);
      let url = checked(address);
      for (let hops = 0; hops <= REDIRECTS; hops++) {
        const answer = await request(url, { dispatcher: agent, signal: stop }).catch(notFetched);
        const { statusCode, headers, body } = answer;
        if (statusCode >= 300 && statusCode < 400 && headers.location) {
          await body.dump();
          url = checked(String(headers.location), url);
          continue;
        }
        if (statusCode !== 200) {
          await body.dump();
          throw new RequestError(
            "IMAGE_NOT_FOUND",
            `The address of picture "${name}" answered with ${statusCode}.`,
          );
        }
        return await pictureIn(body, name, limits, hold).catch(notFetched);
      }
      throw refused("it leads on too often");
    },
    close: () => agent.close(),
  };
}

/** As addresses have it. */
function hostOf(host: string): string {
  const address = `http://${host}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url && url.href === `${url.origin}/`) return host.toLowerCase();
  throw new NearlabelError(
    "OPTION_INVALID",
    `"${host}" is no host that pictures could come from: expected one such as pictures.example.org, or pictures.example.org:8443.`,
  );
}

/** One byte more than there may be at most is read, so that its picture is refused as too large. */
async function pictureIn(
  body: AsyncIterable<Buffer>,
  name: string,
  limits: Limits,
  hold: FetchRules["hold"],
): Promise<Picture> {
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of body) {
      hold(part.length);
      parts.push(part);
      size += part.length;
      if (size > limits.pictureBytes) break;
    }
    return pictureOf({ name, bytes: Buffer.concat(parts) }, limits);
  } catch (error) {
    hold(-size);
    throw error;
  }
}

function refused(why: string): RequestError {
  return new RequestError("ADDRESS_REFUSED", `The address of a picture is refused: ${why}.`);
}
