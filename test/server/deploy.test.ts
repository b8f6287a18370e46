import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";

/** They are not run here, where there is neither Docker nor systemd: what they say of the program and of safety is looked at. */
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const program = fileURLToPath(new URL("../../dist/bundle/nearlabel.js", import.meta.url));
const help = execFileSync(process.execPath, [program, "serve", "--help"], { encoding: "utf8" });
const dockerfile = read("deploy/Dockerfile");
const unit = read("deploy/nearlabel.service");
const { nearlabel } = parse(read("deploy/compose.yaml")).services;

describe("files for containers and services", () => {
  it("know the flags and variables of the program", () => {
    const commands = [nearlabel.command.join(" "), /^ExecStart=(.*)$/m.exec(unit)![1]!];
    const flags = commands.flatMap((command) => command.match(/--[\w-]+/g) ?? []);
    const variables = [dockerfile, unit].flatMap((text) => text.match(/(?<=NEARLABEL_)[A-Z_]+(?==)/g) ?? []);
    const named = variables.map((name) => `--${name.toLowerCase().replaceAll("_", "-")}`);
    expect([flags.length, named.length]).toEqual([3, 4]);
    for (const flag of [...flags, ...named]) expect(help).toMatch(new RegExp(`${flag} `));
  });

  it("give the program no more rights than it needs, and look after its health", () => {
    const order = ["mkdir /data", "USER node", "ENTRYPOINT"].map((line) => dockerfile.indexOf(line));
    expect(order).toEqual([...order].sort((a, b) => a - b));
    expect(dockerfile).toMatch(/^HEALTHCHECK .*\/readyz/m);
    expect(nearlabel).toMatchObject({
      read_only: true,
      cap_drop: ["ALL"],
      security_opt: ["no-new-privileges:true"],
    });
    for (const port of nearlabel.ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const line of ["DynamicUser=yes", "ProtectSystem=strict", "NoNewPrivileges=yes"])
      expect(unit).toContain(line);
  });

  it("are said not to have been run", () => {
    expect(read("docs/server.md")).toMatch(/have not been run here/);
  });
});
