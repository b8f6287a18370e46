import { Button } from "../parts/button.js";
import { text } from "../text/en.js";

/** Selects all pictures that a view is about. */
export function SelectAll({ count, onSelect }: { count: number; onSelect: () => void }) {
  if (count === 0) return null;
  return (
    <Button kind="quiet" onPress={onSelect}>
      {text.selection.all(count)}
    </Button>
  );
}
