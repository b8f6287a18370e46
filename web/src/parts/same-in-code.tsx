import { useState } from "react";
import { text } from "../text/en.js";
import { Button } from "./button.js";
import "./same-in-code.css";

/** The command and the TypeScript that do what the view shows, to copy. */
export function SameInCode({ command, code }: { command: string; code: string }) {
  return (
    <details className="same-in-code">
      <summary>{text.code.title}</summary>
      <Snippet name={text.code.command} content={command} />
      <Snippet name={text.code.typescript} content={code} />
    </details>
  );
}

function Snippet({ name, content }: { name: string; content: string }) {
  const [copied, setCopied] = useState<string>();
  const copy = () =>
    // Not there where the page came over the network without TLS.
    navigator.clipboard?.writeText(content).then(
      () => setCopied(content),
      () => setCopied(undefined),
    );
  return (
    <section aria-label={name}>
      <div className="snippet-head">
        <h2>{name}</h2>
        <Button kind="quiet" onPress={copy} aria-label={text.code.copyOf(name)}>
          {copied === content ? text.code.copied : text.code.copy}
        </Button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keys. */}
      <pre tabIndex={0}>
        <code>{content}</code>
      </pre>
    </section>
  );
}
