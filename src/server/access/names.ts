import { isIP } from "node:net";
import type { FastifyInstance, FastifyRequest } from "fastify";
import { NearlabelError } from "../../errors.js";
import { RequestError } from "../problems/request-error.js";

export interface NameRules {
  /** Names, without a port, that the server answers under beside `localhost` and addresses in numbers. */
  readonly hostNames?: readonly string[] | undefined;
  /** Origins, as `https://example.org`, whose pages may call the server. */
  readonly corsOrigins?: readonly string[] | undefined;
}

/**
 * Refuses requests for another name, as a page sends them whose own name was made to lead here (DNS rebinding), and those of pages
 * of other origins, whose forms browsers send without asking first.
 *
 * @throws NearlabelError OPTION_INVALID for rules that no request could meet
 */
export function checkNames(app: FastifyInstance, { hostNames = [], corsOrigins = [] }: NameRules): void {
  for (const name of hostNames) expectHostName(name);
  for (const origin of corsOrigins) expectOrigin(origin);
  const known = new Set(["localhost", ...hostNames.map((name) => name.toLowerCase())]);
  const origins = new Set(corsOrigins);
  app.addHook("onRequest", async (request) => {
    const host = hostOf(request);
    if (!isIP(host) && !known.has(host)) {
      throw new RequestError(
        "HOST_REFUSED",
        `The server does not answer as "${host.slice(0, 100)}". Whoever runs it can name it with --host-name.`,
      );
    }
    const { origin } = request.headers;
    if (origin === undefined || origins.has(origin) || isOwn(origin, request)) return;
    throw new RequestError(
      "HOST_REFUSED",
      "Pages of other origins may not call this server. Whoever runs it can allow one with --cors.",
    );
  });
}

function expectHostName(name: string): void {
  if (/^[\p{L}\p{N}_-]+(?:\.[\p{L}\p{N}_-]+)*$/u.test(name)) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `"${name}" is no name of a host: expected one without https:// and port, such as pictures.example.org.`,
  );
}

function expectOrigin(origin: string): void {
  if (URL.canParse(origin) && new URL(origin).origin === origin) return;
  throw new NearlabelError(
    "OPTION_INVALID",
    `"${origin}" is no origin as browsers send it: expected one such as https://example.org, without a path.`,
  );
}

/** Without port and brackets. */
function hostOf({ host }: FastifyRequest): string {
  return (host ?? "")
    .toLowerCase()
    .replace(/:\d*$/, "")
    .replace(/^\[(.*)\]$/, "$1");
}

function isOwn(origin: string, { host }: FastifyRequest): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
