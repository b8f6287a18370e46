import { element, empty } from "./element.js";

/** A list that shows its first entries and, on demand, the rest. It stays open while it is drawn again. */
export interface Listing {
  draw<T>(body: HTMLElement, entries: readonly T[], entryOf: (entry: T) => HTMLElement, none: string): void;
}

export function listing(className: string, first: number): Listing {
  let all = false;
  return {
    draw(body, entries, entryOf, none) {
      if (entries.length === 0) return body.replaceChildren(empty(none));
      const list = element("ul", { class: className });
      const more = element("button", { type: "button", class: "more" }, `Show all ${entries.length}`);
      const fill = () => {
        list.append(...entries.slice(list.childElementCount, all ? undefined : first).map(entryOf));
        more.hidden = all || entries.length <= first;
      };
      more.addEventListener("click", () => {
        all = true;
        fill();
      });
      fill();
      body.replaceChildren(list, more);
    },
  };
}
