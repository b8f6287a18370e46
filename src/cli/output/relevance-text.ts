/** With one digit, and never as -0.0. */
export function relevanceText(relevance: number): string {
  return (Math.round(10 * relevance) / 10 + 0).toFixed(1);
}
