import { useEffect, useRef, useState } from "react";

/**
 * Takes files that are dropped anywhere on the page, or pasted. Tells whether some are held above it. `onAddress` is called where
 * another window gave the address of a picture in its place, which the page may not fetch.
 */
export function useDroppedFiles(onFiles: (files: readonly File[]) => void, onAddress: () => void): boolean {
  const [isOver, setOver] = useState(false);
  const latest = useRef({ onFiles, onAddress });
  latest.current = { onFiles, onAddress };
  useEffect(() => {
    const take = (data: DataTransfer | null, event: Event) => {
      const files = [...(data?.files ?? [])];
      if (files.length > 0) {
        event.preventDefault();
        latest.current.onFiles(files);
      } else if (data?.types.includes("text/uri-list")) {
        event.preventDefault();
        latest.current.onAddress();
      }
    };
    const over = (event: DragEvent) => {
      if (!event.dataTransfer?.types.some((type) => type === "Files" || type === "text/uri-list")) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = "copy";
      setOver(true);
    };
    const out = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false);
    };
    const drop = (event: DragEvent) => {
      setOver(false);
      take(event.dataTransfer, event);
    };
    const paste = (event: ClipboardEvent) => take(event.clipboardData, event);
    const stop = new AbortController();
    const { signal } = stop;
    window.addEventListener("dragover", over, { signal });
    window.addEventListener("dragleave", out, { signal });
    window.addEventListener("drop", drop, { signal });
    window.addEventListener("paste", paste, { signal });
    return () => stop.abort();
  }, []);
  return isOver;
}
