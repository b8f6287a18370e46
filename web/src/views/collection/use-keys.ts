import { type RefObject, useEffect, useRef } from "react";

/**
 * Does what a key stands for, wherever the focus is, but for fields that are typed in and for keys that the browser uses. The place
 * that is given back takes the focus whenever another picture is `shown`: else Enter would press once more what was pressed last.
 */
export function useKeys(
  actions: Readonly<Record<string, (() => void) | undefined>>,
  shown: string | undefined,
): RefObject<HTMLDivElement | null> {
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (shown !== undefined && !document.activeElement?.matches("input, textarea, select"))
      place.current?.focus({ preventScroll: true });
  }, [shown]);
  const latest = useRef(actions);
  latest.current = actions;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey || target.closest("input, textarea, select")) return;
      // A button with the focus is pressed by these.
      if (["Enter", " "].includes(event.key) && target.closest("button, a, summary")) return;
      const action = latest.current[event.key.length === 1 ? event.key.toLowerCase() : event.key];
      if (!action) return;
      event.preventDefault();
      action();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, []);
  return place;
}
