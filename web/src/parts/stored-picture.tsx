import { useEffect, useState } from "react";
import { useConnection } from "../server/server.js";
import { Picture } from "./picture.js";

/** A picture of a table, small. Where the server asks for a key, which an address cannot have, it is fetched. */
export function StoredPicture(props: {
  readonly table: string;
  readonly id: string;
  readonly name: string;
  /** Longest side in pixels. */
  readonly side?: number;
}) {
  const { table, id, name, side = 256 } = props;
  const { client, hasKey } = useConnection();
  const fetched = useFetched(hasKey, props);
  const source = hasKey ? fetched : client.tables.thumbnailAddress(table, id, side);
  if (source !== undefined) return <Picture source={source} name={name} />;
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
