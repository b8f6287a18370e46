type Child = Node | string | undefined;
type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** A new element. Strings become text, never markup; an attribute that is `false` or undefined is left out. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

/** Text on one line, cut where there is no room; the whole of it is its title. */
export function cutText(text: string, className = ""): HTMLSpanElement {
  return element("span", { class: `cut ${className}`.trim(), title: text }, text);
}

export function empty(text: string): HTMLParagraphElement {
  return element("p", { class: "empty" }, text);
}
