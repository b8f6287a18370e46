import type { HubProgress } from "./progress.js";
import type { HubSettings } from "./protocol/settings.js";
import type { HubRetry } from "./protocol/transport.js";

/** Something that a person should know and that stops nothing: what is used is not known to be the newest. */
export interface HubNotice {
  readonly code: "HUB_CACHE_USED";
  readonly message: string;
}

/** How to fetch what is named by a hub id: a model or a data set. */
export interface HubOptions {
  /**
   * The hub, its mirror, the cache, the token. Default: what Python's huggingface_hub would take from the environment
   * (`HF_HOME`, `HF_TOKEN`, `HF_ENDPOINT`, `HF_HUB_OFFLINE` and so on), read when it is opened.
   */
  hub?: HubSettings | undefined;
  /** Told of every piece of a download. */
  onDownload?: ((progress: HubProgress) => void) | undefined;
  /** Told before a download that failed is tried again. */
  onRetry?: ((retry: HubRetry) => void) | undefined;
  /** Told where the hub does not answer, or refuses, and the cache has all that is needed. */
  onNotice?: ((notice: HubNotice) => void) | undefined;
  /**
   * Stops downloads; what came is kept, and the next call goes on with it. It counts until what is loaded is there, and not for
   * what is downloaded later, such as a text tower at its first text.
   */
  signal?: AbortSignal | undefined;
}
