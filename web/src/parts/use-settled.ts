import { useEffect, useState } from "react";

/** A value once it has stayed as it is for so many milliseconds; undefined before the first has. */
export function useSettled<T>(value: T, pause: number): T | undefined {
  const [settled, setSettled] = useState<T>();
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return pause === 0 ? value : settled;
}
