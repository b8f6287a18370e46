/** How numbers are written for people, on the terminal, in reports and on their page. */

/** `21,841`; of a whole number from 0. */
export function count(value: number): string {
  // `toLocaleString` gives the same, after several milliseconds in which it reads what it knows of languages.
  return String(value).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 picture`, `1,200 pictures`. */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** `71.3 %` of a share of 1. */
export function percent(share: number, digits = 1): string {
  return `${(share * 100).toFixed(digits)} %`;
}
