import { useEffect } from "react";
import { type Answer, type Question, useAnswer } from "./use-answer.js";

/** Milliseconds between questions while something runs, and while nothing does: another tab may have started something. */
const SOON = 500;
const LATER = 5000;

/** Asks again and again: often while `isActive` says that something changes. Not while nobody looks. */
export function usePolled<T>(key: string, question: Question<T>, isActive: (value: T) => boolean): Answer<T> {
  const answer = useAnswer(key, question);
  const { value, error, again, isWaiting } = answer;
  const pause = value !== undefined && isActive(value) ? SOON : LATER;
  useEffect(() => {
    if (isWaiting || error !== undefined) return;
    const timer = setInterval(() => document.hidden || again(), pause);
    return () => clearInterval(timer);
  }, [isWaiting, error, pause, again]);
  return answer;
}
