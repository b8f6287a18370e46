import { useState } from "react";
import { fillTemplate, templateSet } from "../../../src/labels/prompts/templates.js";
import { text } from "../text/en.js";
import type { ChosenLabels } from "./labels.js";

/** Templates, one a line, with what they make of the first labels. */
export function TemplateInput({ labels: { labels, templates, changeTemplates } }: { labels: ChosenLabels }) {
  const [typed, setTyped] = useState<string>();
  const content = typed ?? templates.join("\n");
  const problem = problemOf(linesOf(content));
  const change = (value: string) => {
    setTyped(value);
    if (problemOf(linesOf(value)) === undefined) changeTemplates(linesOf(value));
  };
  const examples = labels
    .slice(0, 2)
    .flatMap(({ className, prompts }) =>
      (prompts ?? templates.map((template) => fillTemplate(template, className))).slice(0, 2),
    );
  return (
    <details className="templates">
      <summary>{text.templates.title(templates.length)}</summary>
      <textarea
        className="input"
        rows={3}
        aria-label={text.templates.label}
        aria-describedby="templates-note"
        aria-invalid={problem !== undefined}
        value={content}
        onChange={(event) => change(event.target.value)}
        onBlur={() => problem === undefined && setTyped(undefined)}
      />
      <div id="templates-note" className={problem ? "field-problem" : "field-note"}>
        {problem ?? text.templates.note}
        {!problem && examples.length > 0 && (
          <ul className="examples">
            {examples.map((prompt) => (
              <li key={prompt}>{prompt}</li>
            ))}
          </ul>
        )}
      </div>
    </details>
  );
}

function linesOf(content: string): string[] {
  return content.split("\n").filter((line) => line.trim() !== "");
}

function problemOf(templates: readonly string[]): string | undefined {
  try {
    templateSet(templates);
    return undefined;
  } catch {
    return text.templates.problem;
  }
}
