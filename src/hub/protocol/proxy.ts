import { lazy } from "../../files/lazy.js";

/** Addresses of proxies, as `HTTP_PROXY` and its like give them. */
export interface ProxyAddresses {
  readonly http: string | undefined;
  /** Where it is not given, https goes through `http` too. */
  readonly https: string | undefined;
  /** Hosts that are reached directly, with commas between. */
  readonly none: string | undefined;
}

/** A `fetch` that goes through proxies, which Node 20's own does not. The only import of undici, at the first call. */
export function fetchThrough(proxy: ProxyAddresses): typeof globalThis.fetch {
  const open = lazy(() => openProxy(proxy));
  return async (input, init) => (await open())(input, init);
}

async function openProxy({ http, https, none }: ProxyAddresses): Promise<typeof globalThis.fetch> {
  const { EnvHttpProxyAgent, fetch } = await import("undici");
  // Empty, not left out: the agent would read the environment.
  const dispatcher = new EnvHttpProxyAgent({
    httpProxy: http ?? "",
    httpsProxy: https ?? "",
    noProxy: none ?? "",
  });
  // undici's own types of fetch differ from the global ones in name only.
  return ((input: string, init: object) => fetch(input, { ...init, dispatcher })) as typeof globalThis.fetch;
}
