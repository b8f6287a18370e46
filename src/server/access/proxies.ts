import { isIP } from "node:net";
import { NearlabelError } from "../../errors.js";

/** What stands for the addresses of this machine, and of the networks that it is in. */
const NAMES = ["loopback", "linklocal", "uniquelocal"];

/**
 * The addresses of proxies that are believed, as `10.0.0.1, 10.1.0.0/16`.
 * @throws NearlabelError OPTION_INVALID
 */
export function proxyAddresses(text: string): string[] {
  const addresses = text.split(",").map((address) => address.trim());
  for (const address of addresses) {
    const [network = "", bits, ...more] = address.split("/");
    const most = isIP(network) === 4 ? 32 : 128;
    const isNetwork = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    if (NAMES.includes(address) || (isIP(network) > 0 && isNetwork && more.length === 0)) continue;
    throw new NearlabelError(
      "OPTION_INVALID",
      `"${address}" is no address of a proxy: expected one such as 10.0.0.1, a network such as 10.1.0.0/16, or ${NAMES.join(", ")}.`,
    );
  }
  return addresses;
}
