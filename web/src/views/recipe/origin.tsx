import { createContext, type ReactNode, useContext, useEffect } from "react";
import { Button } from "../../parts/button.js";
import { text } from "../../text/en.js";

/** Where a number comes from: what it is, how it is computed, and the step that makes what it is computed from. */
export interface Origin {
  readonly title: string;
  readonly lines: readonly string[];
  readonly from?: { readonly step: string; readonly name: string };
}

/** Shows an origin, in place of the one before. */
export const ShowOrigin = createContext<(origin: Origin | undefined) => void>(() => {});

/** A number that tells where it comes from when it is pressed. */
export function Num({ origin, children }: { origin: () => Origin; children: ReactNode }) {
  const show = useContext(ShowOrigin);
  return (
    <button type="button" className="number" onClick={() => show(origin())}>
      {children}
    </button>
  );
}

/** The origin that was asked for, at the lower edge, until it is closed. */
export function OriginPanel({ origin, onClose }: { origin: Origin | undefined; onClose: () => void }) {
  useEffect(() => {
    const close = ({ key }: KeyboardEvent) => key === "Escape" && onClose();
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [onClose]);
  return (
    <div className="origin" role="status" hidden={!origin}>
      {origin && (
        <>
          <div className="origin-head">
            <p>
              <b>{origin.title}</b>
            </p>
            <Button kind="quiet" onPress={onClose}>
              {text.recipe.close}
            </Button>
          </div>
          {origin.lines.map((line) => (
            <p key={line} className="formula">
              {line}
            </p>
          ))}
          {origin.from && <a href={`#${origin.from.step}`}>{text.recipe.goTo(origin.from.name)}</a>}
        </>
      )}
    </div>
  );
}
