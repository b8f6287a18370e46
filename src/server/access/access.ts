import type { FastifyInstance, FastifyRequest } from "fastify";
import { RequestError } from "../problems/request-error.js";
import type { ApiKey, ApiKeys, Scope } from "./keys.js";

declare module "fastify" {
  interface FastifyContextConfig {
    /** What a key must allow to use the route, all of it; `public` for routes that tell nothing. Every route says so. */
    scope?: Scope | readonly Scope[] | "public";
  }
  interface FastifyRequest {
    /** The key that came with the request; without keys on the server there is none. */
    apiKey: ApiKey | undefined;
  }
}

/** Every route of `app` asks for a key with its scope. Without `keys` the server is open, to whom it listens to. */
export function askForKeys(app: FastifyInstance, keys: ApiKeys | undefined): void {
  app.decorateRequest("apiKey", undefined);
  app.addHook("onRoute", ({ url, method, config }) => {
    if (config?.scope === undefined) throw new Error(`The route ${method} ${url} says no scope.`);
  });
  if (!keys) return;
  app.addHook("onRequest", async (request) => {
    const { scope } = request.routeOptions.config;
    if (scope === "public" || request.is404) return;
    const key = keys.find(secretOf(request));
    if (!key) throw new RequestError("KEY_INVALID", "Expected an API key: Authorization: Bearer KEY.");
    const missing = [scope!].flat().find((each) => !key.scopes.includes(each));
    if (missing !== undefined)
      throw new RequestError("KEY_SCOPE", `The key "${key.name}" does not allow ${missing}.`);
    request.apiKey = key;
  });
}

/** As clients of other products send it too: `Authorization: Bearer`, or `x-api-key`. */
function secretOf({ headers }: FastifyRequest): string {
  const [, bearer] = /^Bearer +(\S+)$/i.exec(headers.authorization ?? "") ?? [];
  return bearer ?? String(headers["x-api-key"] ?? "");
}
