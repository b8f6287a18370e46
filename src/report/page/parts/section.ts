import { element } from "./element.js";

export interface Section {
  readonly root: HTMLElement;
  /** Beside the heading: what can be set. */
  readonly controls: HTMLElement;
  /** What is drawn again. */
  readonly body: HTMLElement;
}

/** A part of the page under a heading, with a line that says in plain words how to read it. */
export function section(id: string, title: string, reading: string): Section {
  const controls = element("div", { class: "controls" });
  const body = element("div", { class: "body" });
  const head = element("div", { class: "head" }, element("h2", { id: `${id}-title` }, title), controls);
  const note = element("p", { class: "reading" }, reading);
  const root = element("section", { id, "aria-labelledby": `${id}-title` }, head, body, note);
  return { root, controls, body };
}

/** A labelled choice. `onChange` gets the value that was chosen. */
export function choice<T extends string>(
  name: string,
  options: Readonly<Record<T, string>>,
  onChange: (value: T) => void,
): HTMLLabelElement {
  const entries = Object.entries<string>(options).map(([value, text]) => element("option", { value }, text));
  const select = element("select", {}, ...entries);
  select.addEventListener("change", () => onChange(select.value as T));
  return element("label", { class: "choice" }, name, select);
}
