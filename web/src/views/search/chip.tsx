import type { ReactNode } from "react";
import { Button } from "react-aria-components/Button";
import { text } from "../../text/en.js";

/** A part of a query that can be taken away, and where it has a sign, turned round. */
export function Chip(props: {
  readonly name: string;
  readonly onRemove: () => void;
  /** Shown in place of the name. */
  readonly children?: ReactNode;
  readonly sign?: { readonly minus: boolean; readonly onTurn: () => void };
}) {
  const { name, onRemove, children = name, sign } = props;
  return (
    <li className={sign?.minus ? "term minus" : "term"}>
      {sign && (
        <Button className="term-sign" aria-label={text.search.turn(name, sign.minus)} onPress={sign.onTurn}>
          {sign.minus ? "−" : "+"}
        </Button>
      )}
      <span className="term-name">{children}</span>
      <Button className="term-remove" aria-label={text.chips.remove(name)} onPress={onRemove}>
        ×
      </Button>
    </li>
  );
}
