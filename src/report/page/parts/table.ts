import { element } from "./element.js";

export interface Column<T> {
  readonly title: string;
  readonly value: (row: T) => string;
  /** Figures stand to the right, under each other. */
  readonly figures?: boolean;
}

/** A table in a box of its own that scrolls where it is wider than the page. The first column names the row. */
export function table<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[]): HTMLElement {
  const heads = columns.map(({ title, figures }) =>
    element("th", { scope: "col", class: figures ? "figures" : undefined }, title),
  );
  const body = rows.map((row) =>
    element(
      "tr",
      {},
      ...columns.map(({ value, figures }, place) =>
        place === 0
          ? element("th", { scope: "row" }, value(row))
          : element("td", { class: figures ? "figures" : undefined }, value(row)),
      ),
    ),
  );
  return element(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    element(
      "table",
      {},
      element("caption", { class: "unseen" }, caption),
      element("thead", {}, element("tr", {}, ...heads)),
      element("tbody", {}, ...body),
    ),
  );
}

/** A table that is made when it is opened. */
export function foldedTable<T>(
  caption: string,
  columns: readonly Column<T>[],
  rows: readonly T[],
  open: boolean,
  onToggle: (open: boolean) => void,
): HTMLElement {
  const folded = element("details", { open }, element("summary", {}, caption));
  const fill = () => {
    if (folded.open && folded.childElementCount === 1) folded.append(table(caption, columns, rows));
  };
  fill();
  folded.addEventListener("toggle", () => {
    fill();
    onToggle(folded.open);
  });
  return folded;
}
