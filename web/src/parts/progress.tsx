import "./progress.css";

/** How far something is. Without `total` it is not known how much there is. */
export function Progress({
  label,
  done,
  total,
  note,
}: {
  label: string;
  done: number;
  total?: number | undefined;
  /** Such as the rate and the time left. */
  note?: string | undefined;
}) {
  return (
    <div className="progress">
      <div className="progress-head">
        <span>{label}</span>
        <span className="muted">{note}</span>
      </div>
      <progress
        aria-label={label}
        max={total ?? 1}
        {...(total !== undefined && { value: Math.min(done, total) })}
      />
    </div>
  );
}
