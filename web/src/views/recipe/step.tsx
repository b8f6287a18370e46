import type { ReactNode } from "react";
import { text } from "../../text/en.js";

/** The steps in their order. Each is made from those before it. */
export const STEPS = [
  "prompts",
  "tokens",
  "text-vectors",
  "table",
  "pixels",
  "picture-vector",
  "distances",
  "scores",
  "map",
  "as-published",
] as const;

export type StepName = (typeof STEPS)[number];

/** One step: its number, what happens in it, and the values that it makes. */
export function Step({ name, children }: { name: StepName; children: ReactNode }) {
  const { title, what } = text.recipe.steps[name];
  return (
    <section className="step" id={name} aria-labelledby={`${name}-title`}>
      <div className="step-text">
        <h2 id={`${name}-title`}>
          <span className="step-number">{STEPS.indexOf(name) + 1}</span> {title}
        </h2>
        <p>{what}</p>
      </div>
      <div className="step-values">{children}</div>
    </section>
  );
}
