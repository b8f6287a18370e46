import type { ExplainedPrompt, Explanation, Token } from "nearlabel/client";
import { text } from "../../text/en.js";
import { Num } from "./origin.js";
import { Step } from "./step.js";

const words = text.recipe;

interface Props {
  readonly explanation: Explanation;
  readonly label: string;
  readonly onLabel: (label: string) => void;
}

/** Class names in templates. */
export function PromptsStep({ explanation: { labels, prompts }, label, onLabel }: Props) {
  return (
    <Step name="prompts">
      <ul className="names">
        {labels.map((each) => (
          <li key={each.label}>
            <button
              type="button"
              className="name-button"
              aria-pressed={each.label === label}
              onClick={() => onLabel(each.label)}
            >
              {each.label}
            </button>
          </li>
        ))}
      </ul>
      <p className="field-note">{words.chooseLabel}</p>
      <ul className="prompts">
        {promptsOf({ labels, prompts }, label).map(({ text: prompt }) => (
          <li key={prompt}>{prompt}</li>
        ))}
      </ul>
    </Step>
  );
}

/** What the text tower reads: numbers. */
export function TokensStep({ explanation, label }: Omit<Props, "onLabel">) {
  const { padding, model } = explanation;
  return (
    <Step name="tokens">
      {promptsOf(explanation, label).map((prompt) => (
        <ol className="tokens" key={prompt.text} aria-label={words.tokensOf(prompt.text)}>
          {prompt.tokens.map((token, at) => (
            <li key={at} className={`token hue-${at % 5}`}>
              <span className="token-text">{token.text}</span>
              <Num origin={() => tokenOrigin(token)}>{token.id}</Num>
            </li>
          ))}
        </ol>
      ))}
      <p className="field-note">
        {words.padding(padding.length, padding.text, padding.id, model.contextLength)}
      </p>
    </Step>
  );
}

function tokenOrigin({ id, text: part }: Token) {
  return { title: words.tokenTitle(id), lines: [words.tokenOrigin(part, id)] };
}

function promptsOf(
  { labels, prompts }: Pick<Explanation, "labels" | "prompts">,
  label: string,
): readonly ExplainedPrompt[] {
  const found = labels.find((each) => each.label === label);
  return (found?.promptsAt ?? []).map((at) => prompts[at]!);
}
