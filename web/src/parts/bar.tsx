import "./bar.css";

/** A share of 0 to 1 as a bar, beside a number that says it: it is for the eye alone. */
export function Bar({ share }: { share: number }) {
  return (
    <span className="share" aria-hidden="true">
      <span style={{ width: `${100 * Math.max(0, Math.min(1, share))}%` }} />
    </span>
  );
}
