import { addAbortListener } from "node:events";
import { Readable } from "node:stream";

// Before Node.js 24 the symbols of `await using` are Node.js' own, and contexts that have globals of their own (Vitest's vm
// pools, Jest) have none. They are given Node.js' here, so that what Node.js opens can be closed by them.
if (Symbol.asyncDispose === undefined) define("asyncDispose", Readable.prototype);
if (Symbol.dispose === undefined)
  define(
    "dispose",
    addAbortListener(new AbortController().signal, () => {}),
  );

function define(name: "asyncDispose" | "dispose", holder: object): void {
  const found = Object.getOwnPropertySymbols(holder).find(({ description }) =>
    description?.endsWith(`.${name}`),
  );
  Object.defineProperty(Symbol, name, { value: found ?? Symbol(name) });
}
