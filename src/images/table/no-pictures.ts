import { NearlabelError } from "../../errors.js";

/** Of what is found out about the pictures of a table, where it has none, or none that meet `where`. */
export function noPictures(place: string, where?: string): NearlabelError {
  const what =
    where === undefined
      ? "no pictures. Bring some in with nearlabel ingest."
      : `no pictures for which ${where}.`;
  return new NearlabelError("INPUT_EMPTY", `${place}: ${what}`);
}
