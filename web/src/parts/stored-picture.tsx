import { useEffect, useState } from "react";
import { useConnection } from "../server/server.js";
import { Picture } from "./picture.js";
import { useSettled } from "./use-settled.js";

/** Milliseconds that a picture has to stay: what is scrolled past is not asked for. */
const PAUSE = 80;

/** Addresses of pictures that were there once, and are shown at once. */
const loaded = new Set<string>();

/** A picture of a table, small. Where the server asks for a key, which an address cannot have, it is fetched. */
export function StoredPicture(props: {
  readonly table: string;
  readonly id: string;
  readonly name: string;
  /** Longest side in pixels. */
  readonly side?: number;
  /** Milliseconds that it has to stay before it is asked for. */
  readonly pause?: number | undefined;
}) {
  const { table, id, name, side = 256, pause = PAUSE } = props;
  const { client, hasKey } = useConnection();
  const address = client.tables.thumbnailAddress(table, id, side);
  const stays = useSettled(address, loaded.has(address) ? 0 : pause) === address;
  const fetched = useFetched(hasKey && stays, props);
  const source = hasKey ? fetched : stays ? address : undefined;
  if (source !== undefined) {
    return <Picture source={source} name={name} onLoad={() => loaded.add(address)} />;
  }
  return <span className="picture" role="img" aria-label={name} />;
}

function useFetched(
  wanted: boolean,
  { table, id, side = 256 }: { table: string; id: string; side?: number },
): string | undefined {
  const { client } = useConnection();
  const [source, setSource] = useState<string>();
  useEffect(() => {
    if (!wanted) return;
    const { signal, abort } = controller();
    let made: string | undefined;
    client.tables.thumbnail(table, id, { side, signal }).then(
      (blob) => {
        if (signal.aborted) return;
        made = URL.createObjectURL(blob);
        setSource(made);
      },
      // Shown as a picture that cannot be.
      () => signal.aborted || setSource("about:blank"),
    );
    return () => {
      abort();
      if (made !== undefined) URL.revokeObjectURL(made);
      setSource(undefined);
    };
  }, [wanted, client, table, id, side]);
  return source;
}

function controller() {
  const made = new AbortController();
  return { signal: made.signal, abort: () => made.abort() };
}
