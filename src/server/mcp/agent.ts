import type { CallToolResult } from "@modelcontextprotocol/server";
import type { Static, TObject } from "typebox";
import type { Scope } from "../access/keys.js";
import type { Caller } from "../queue/batcher.js";
import type { Service } from "../service.js";

/** Whoever calls tools: what it may use. */
export interface Agent {
  readonly service: Service;
  readonly caller: Caller;
  /** @throws RequestError KEY_SCOPE */
  expectScope(scope: Scope): void;
  /** Where an agent on this machine may name files; absent for those that come over HTTP. */
  readonly folders?: readonly string[] | undefined;
}

/** Something that an agent may ask for: what it is told about it, and what it gets. */
export interface Tool<Input extends TObject = TObject> {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly input: Input;
  call(input: Static<Input>, agent: Agent): Promise<CallToolResult>;
}

/** One that may read files is told their paths. */
export function toldTo({ folders }: Agent): { readonly paths: boolean } {
  return { paths: folders !== undefined };
}

/** A result as text for the agent to read, and as data for programs. */
export function answer(lines: readonly string[], data: Record<string, unknown>): CallToolResult {
  return { content: [{ type: "text", text: lines.join("\n") }], structuredContent: data };
}
