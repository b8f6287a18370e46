import { isPicture } from "../../datasets/folders/picture-files.js";
import { type FilePath, pathText } from "../../files/file-path.js";
import { entriesOf, type FolderEntry, realFolder } from "../../files/folders.js";

/** Folders in which systems and devices keep what is not their user's: thumbnails, deleted files. Hidden ones are passed over anyway. */
const SYSTEM_FOLDERS = /^(?:@eaDir|#recycle|\$RECYCLE\.BIN|System Volume Information|__MACOSX|lost\+found)$/i;

const RAW_NAME =
  /\.(?:3fr|arw|cr2|cr3|dng|erf|iiq|mef|mos|mrw|nef|nrw|orf|pef|raf|rw2|rwl|sr2|srf|srw|x3f)$/i;
/** What cameras write beside a RAW file. */
const DEVELOPED_NAME = /\.(?:jpe?g|heic|heif|hif)$/i;

export interface FolderListing {
  /** Whether a file or folder of this path is left out. */
  readonly isExcluded: (path: string) => boolean;
  /** Told of a RAW file that is passed over, as the same picture is there as JPEG or HEIC. */
  readonly onPaired: (path: string) => void;
}

/** Whether a file of this name is taken for a picture of a table: those that are decoded, and RAW files for their previews. */
export function isTablePicture(name: string): boolean {
  return isPicture(name) || RAW_NAME.test(name);
}

/**
 * The pictures below `folder`, in natural order, folder by folder. Hidden and system files are left out; of RAW and JPEG of one
 * name the JPEG is given. A folder that cannot be read is itself given, so that reading it says why.
 */
export async function* listFolder(
  folder: FilePath,
  listing: FolderListing,
  entered: Set<string> = new Set(),
): AsyncGenerator<Pick<FolderEntry, "path" | "file">> {
  let entries: FolderEntry[] = [];
  try {
    const real = await realFolder(folder);
    if (entered.has(real)) return;
    entered.add(real);
    entries = await entriesOf(folder, isTablePicture);
  } catch {
    yield { path: pathText(folder), file: folder };
  }
  const developed = new Set(
    entries.filter(({ name }) => DEVELOPED_NAME.test(name)).map(({ name }) => stemOf(name)),
  );
  for (const { kind, name, path, file } of entries) {
    if (listing.isExcluded(path)) continue;
    if (kind === "folder") {
      if (!SYSTEM_FOLDERS.test(name)) yield* listFolder(file, listing, entered);
    } else if (RAW_NAME.test(name) && developed.has(stemOf(name))) listing.onPaired(path);
    else yield { path, file };
  }
}

function stemOf(name: string): string {
  return name.replace(/\.[^.]*$/, "").toLowerCase();
}
