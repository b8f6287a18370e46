/** What can be done now, and the command that does it. */
export function NextStep({ text, command }: { text: string; command: string }) {
  return (
    <p className="job-next">
      <span className="muted">{text}</span> <code>{command}</code>
    </p>
  );
}
