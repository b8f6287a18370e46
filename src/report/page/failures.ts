import { counted } from "./parts/figures.js";
import { section } from "./parts/section.js";
import { table } from "./parts/table.js";
import type { Part } from "./view.js";

/** Pictures that could not be read. Absent where there is none. */
export function failures(): Part {
  const { root, body } = section(
    "failures",
    "Pictures that failed",
    "They could not be read or encoded and count in no figure of this report.",
  );
  return {
    root,
    draw({ evaluation }) {
      const rows = evaluation.failures;
      root.hidden = rows.length === 0;
      if (root.hidden) return;
      const columns = [
        { title: "Picture", value: ({ id }: (typeof rows)[number]) => String(id) },
        { title: "Error", value: ({ error }: (typeof rows)[number]) => error.code },
        { title: "Message", value: ({ error }: (typeof rows)[number]) => error.message },
      ];
      body.replaceChildren(
        table(counted(rows.length, "picture that failed", "pictures that failed"), columns, rows),
      );
    },
  };
}
