import type { Evaluation } from "../evaluate/evaluation.js";

/** What the report holds beside its code: it is read by the page's script. */
export interface ReportData {
  readonly evaluation: Evaluation;
  /** JPEG data URIs by `thumbnailKey`. */
  readonly thumbnails: Readonly<Record<string, string>>;
}

/** Tells the picture 7 from the picture "7". */
export function thumbnailKey(id: string | number): string {
  return JSON.stringify(id);
}
