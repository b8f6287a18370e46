import { useState } from "react";
import { text } from "../text/en.js";
import "./picture.css";

/** A picture in a square of its own, whole; where it cannot be shown, that is said in its place. */
export function Picture({
  source,
  name,
  lazy = false,
}: {
  source: string;
  name: string;
  /** Loaded when it comes near: for long lists. */
  lazy?: boolean;
}) {
  const [failed, setFailed] = useState<string>();
  if (failed === source) {
    return (
      <span className="picture failed" role="img" aria-label={name}>
        {text.picture.cannotBeShown}
      </span>
    );
  }
  return (
    <span className="picture">
      <img
        src={source}
        alt={name}
        loading={lazy ? "lazy" : "eager"}
        decoding="async"
        draggable={false}
        onError={() => setFailed(source)}
      />
    </span>
  );
}
