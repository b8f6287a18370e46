import type { MouseEvent, ReactNode } from "react";
import { addressOf, goTo } from "../../route.js";

/** A link to this view with other parameters. */
export function Link({
  parameters = {},
  children,
}: {
  parameters?: Readonly<Record<string, string>>;
  children: ReactNode;
}) {
  const address = addressOf("evaluate", parameters);
  const follow = (event: MouseEvent) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    goTo(address);
  };
  return (
    <a href={address} onClick={follow}>
      {children}
    </a>
  );
}
