import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { NearlabelError, reasonOf, systemErrorCode } from "../../errors.js";
import { fetchThrough } from "./proxy.js";

/** Where the hub is and how to talk to it. */
export interface HubSettings {
  /** Address of the hub, without a slash at the end: `https://huggingface.co`, a mirror, or a private hub. */
  readonly endpoint: string;
  /** Folder that holds `models--owner--name` and so on; Python's huggingface_hub uses the same. */
  readonly cacheDir: string;
  /** Access token, or how to get it. It is sent to `endpoint` only, never to where that redirects. */
  readonly token?: string | (() => Promise<string | undefined>);
  /** Use what the cache has and ask nobody. */
  readonly offline: boolean;
  /** Milliseconds without a byte after which a connection counts as broken. Default: 30 000. */
  readonly timeout?: number;
  /** Tries after the first one failed for a reason that may pass; a byte received starts the count anew. Default: 5. */
  readonly retries?: number;
  /** Milliseconds before the first retry; doubles with each, with jitter, up to 8 times itself. Default: 1 000. */
  readonly retryDelay?: number;
  /** Stands in for the built-in `fetch`, to go through a proxy for example. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

const defaultEndpoint = "https://huggingface.co";

/**
 * The settings that Python's huggingface_hub would take from `env`: `HF_ENDPOINT`, `HF_HOME`, `HF_HUB_CACHE`,
 * `HF_TOKEN`, `HF_TOKEN_PATH`, `HF_HUB_DISABLE_IMPLICIT_TOKEN`, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`,
 * `XDG_CACHE_HOME` and the older names of these; and `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in
 * small letters first. The token file is read at the first request.
 * @throws NearlabelError OPTION_INVALID
 */
export function hubSettingsFromEnvironment(env: Environment): HubSettings {
  const cacheHome = env.XDG_CACHE_HOME || join(home(env), ".cache");
  const hubHome = expand(env.HF_HOME || join(cacheHome, "huggingface"), env);
  const offline = isTrue(env.HF_HUB_OFFLINE || env.TRANSFORMERS_OFFLINE);
  const timeout = secondsOf(env, "HF_HUB_DOWNLOAD_TIMEOUT");
  return {
    endpoint: endpointOf(env.HF_ENDPOINT || defaultEndpoint),
    cacheDir: expand(env.HF_HUB_CACHE || env.HUGGINGFACE_HUB_CACHE || join(hubHome, "hub"), env),
    offline,
    ...(!isTrue(env.HF_HUB_DISABLE_IMPLICIT_TOKEN) && { token: tokenOf(env, hubHome) }),
    ...(timeout !== undefined && { timeout: timeout * 1000 }),
    ...(!offline && proxyOf(env)),
  };
}

/** Settings may come from a program. @throws NearlabelError OPTION_INVALID */
export function checkSettings({ endpoint, cacheDir, timeout, retries, retryDelay }: HubSettings): void {
  const check = (name: keyof HubSettings, value: unknown, expected: string, isRight: boolean) => {
    if (isRight) return;
    throw new NearlabelError(
      "OPTION_INVALID",
      `Expected the hub's ${name} to be ${expected}, got ${typeof value === "string" ? `"${value}"` : value}.`,
    );
  };
  check("endpoint", endpoint, `an address such as ${defaultEndpoint}`, isHttp(endpoint));
  check("cacheDir", cacheDir, "a folder", typeof cacheDir === "string" && cacheDir !== "");
  check("timeout", timeout, "milliseconds above 0", timeout === undefined || isFrom(timeout, 1));
  check(
    "retries",
    retries,
    "a whole number",
    retries === undefined || (Number.isInteger(retries) && isFrom(retries, 0)),
  );
  check("retryDelay", retryDelay, "milliseconds", retryDelay === undefined || isFrom(retryDelay, 0));
}

function isFrom(value: number, least: number): boolean {
  return Number.isFinite(value) && value >= least;
}

function isHttp(text: string): boolean {
  return URL.canParse(text) && /^https?:\/\//.test(text);
}

function tokenOf(env: Environment, hubHome: string): string | (() => Promise<string | undefined>) {
  const given = (env.HF_TOKEN || env.HUGGING_FACE_HUB_TOKEN)?.trim();
  return given || (() => readToken(expand(env.HF_TOKEN_PATH || join(hubHome, "token"), env)));
}

function proxyOf(env: Environment): Pick<HubSettings, "fetch"> {
  const set = (...names: string[]) =>
    names.flatMap((name) => [name.toLowerCase(), name]).find((name) => env[name]);
  const addressIn = (name: string | undefined) =>
    name === undefined ? undefined : proxyAddress(name, env[name]!);
  const http = addressIn(set("HTTP_PROXY", "ALL_PROXY"));
  const https = addressIn(set("HTTPS_PROXY", "ALL_PROXY"));
  const none = env[set("NO_PROXY") ?? ""];
  return http || https ? { fetch: fetchThrough({ http, https, none }) } : {};
}

/** curl takes an address without `http://`; what reads it here takes `proxy:3128` for one of the scheme `proxy`. */
function proxyAddress(name: string, text: string): string {
  if (isHttp(text.trim())) return text.trim();
  // A name and a password may come before the host.
  const shown = text.replace(/[^/@]*@/, "***@");
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected ${name} to be the address of a proxy such as "http://proxy.example:3128", got "${shown}". It begins with ` +
      "http:// or https://; other kinds of proxies, such as SOCKS, are not known.",
  );
}

async function readToken(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, "utf8")).trim() || undefined;
  } catch (cause) {
    if (systemErrorCode(cause) === "ENOENT") return undefined;
    throw new NearlabelError("OPTION_INVALID", `The token file ${file} cannot be read: ${reasonOf(cause)}.`, {
      cause,
    });
  }
}

function endpointOf(text: string): string {
  const trimmed = text.trim().replace(/\/+$/, "");
  if (isHttp(trimmed)) return trimmed;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected HF_ENDPOINT to be the address of a hub such as ${defaultEndpoint}, got "${text}".`,
  );
}

function secondsOf(env: Environment, name: string): number | undefined {
  const text = env[name]?.trim();
  if (!text) return undefined;
  const seconds = Number(text);
  if (seconds > 0 && Number.isFinite(seconds)) return seconds;
  throw new NearlabelError(
    "OPTION_INVALID",
    `Expected ${name} to be a number of seconds above 0, got "${text}".`,
  );
}

function isTrue(text: string | undefined): boolean {
  return /^(?:1|on|yes|true)$/i.test(text ?? "");
}

function home(env: Environment): string {
  return env.HOME || env.USERPROFILE || homedir();
}

/** `~`, `$NAME` and `${NAME}` as a shell reads them; a name that is not set stays as it stands. */
function expand(path: string, env: Environment): string {
  return path
    .replace(/^~(?=$|[/\\])/, () => home(env))
    .replace(
      /\$(?:(\w+)|\{(\w+)\})/g,
      (text, bare?: string, braced?: string) => env[bare ?? braced ?? ""] ?? text,
    );
}
