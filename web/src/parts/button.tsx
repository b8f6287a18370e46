import { Button as AriaButton, type ButtonProps } from "react-aria-components/Button";
import "./button.css";

/** `main` for the one thing that a view is for, `plain` for the others, `quiet` within text and lists. */
export function Button({ kind = "plain", ...rest }: ButtonProps & { kind?: "main" | "plain" | "quiet" }) {
  return <AriaButton {...rest} className={`button ${kind}`} />;
}
