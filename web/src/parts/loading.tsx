import { text } from "../text/en.js";

/** Stands where something comes soon. Shown only after a moment, so that what is quick does not flicker. */
export function Loading() {
  return (
    <p className="loading" role="status">
      {text.loading}
    </p>
  );
}
