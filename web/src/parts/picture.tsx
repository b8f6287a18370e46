import { useState } from "react";
import { text } from "../text/en.js";
import "./picture.css";

/** A picture in a square of its own, whole; where it cannot be shown, that is said in its place. */
export function Picture({
  source,
  name,
  lazy = false,
  onLoad,
}: {
  source: string;
  name: string;
  /** Loaded when it comes near: for long lists. */
  lazy?: boolean;
  onLoad?: () => void;
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
        ref={givenUpWhenGone}
        onLoad={onLoad}
        onError={() => setFailed(source)}
      />
    </span>
  );
}

/** A browser goes on loading a picture that is no longer there, which keeps others waiting. */
function givenUpWhenGone(image: HTMLImageElement): () => void {
  return () => {
    if (!image.complete) image.removeAttribute("src");
  };
}
