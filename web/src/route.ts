import { useSyncExternalStore } from "react";

/** The views, by the first part of their path. */
export const VIEWS = [
  "classify",
  "recipe",
  "search",
  "collection",
  "evaluate",
  "label-sets",
  "jobs",
] as const;

export type ViewName = (typeof VIEWS)[number];

/** Where the page is. All that a view shows follows from it, so that an address restores it. */
export interface Route {
  readonly view: ViewName;
  readonly parameters: URLSearchParams;
}

const listeners = new Set<() => void>();
let current = routeOf(location);

window.addEventListener("popstate", changed);

/** The route, which the component then follows. */
export function useRoute(): Route {
  return useSyncExternalStore(subscribe, () => current);
}

/** The address of a view. Parameters without a value are left out. */
export function addressOf(
  view: ViewName,
  parameters: Readonly<Record<string, string | undefined>> = {},
): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== "");
  const query = new URLSearchParams(given as [string, string][]).toString();
  return `/${view}${query && `?${query}`}`;
}

/** Goes to an address of this page, as a step that "back" undoes. */
export function goTo(address: string): void {
  history.pushState(null, "", address);
  changed();
}

/**
 * Sets parameters of the view that is open, and takes away those that are undefined or empty. While a person types, `replace`
 * keeps "back" from leading through every letter.
 */
export function setParameters(
  parameters: Readonly<Record<string, string | undefined>>,
  { replace = false }: { replace?: boolean } = {},
): void {
  const merged = { ...Object.fromEntries(current.parameters), ...parameters };
  const address = addressOf(current.view, merged);
  if (replace) history.replaceState(null, "", address);
  else history.pushState(null, "", address);
  changed();
}

function changed(): void {
  current = routeOf(location);
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}

function routeOf({ pathname, search }: Location): Route {
  const name = pathname.split("/")[1];
  const view = VIEWS.find((each) => each === name) ?? "classify";
  return { view, parameters: new URLSearchParams(search) };
}
