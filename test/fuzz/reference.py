"""What the references make of files: Pillow, NumPy, tarfile, pyarrow, Python's csv and json, tokenizers, transformers.

Speaks the language of read.mjs: a line {"kind", "path", "out"} in, a line with what the file holds or the reason against it
out. Its rules are those that docs/ promise: which arrays are pictures, which column holds labels, what a label file is.
"""

import codecs
import csv
import hashlib
import io
import json
import re
import resource
import sys
import tarfile
import warnings

import numpy as np
import pyarrow.parquet as pq
import tokenizers
from PIL import Image, ImageOps, UnidentifiedImageError
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

MOST_PIXELS = 4_000_000
LABEL_NAMES = ["fine_label", "label", "labels", "class", "cls"]
PATH_NAMES = ["file_name", "path", "image", "file", "filename"]
SPACES = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"


def shown_bytes(error):
    """As names and labels that are not UTF-8 are shown: `\\xE9` (docs/datasets.md)."""
    return "".join(f"\\x{byte:02X}" for byte in error.object[error.start : error.end]), error.end


codecs.register_error("shown", shown_bytes)


class Refused(Exception):
    """The file is read, and holds something that docs/ do not promise to take."""


def sha(content):
    return hashlib.sha256(content).hexdigest()


def decoded(path, out):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        image = opened(path)
        image.load()
        levels = np.asarray(upright(image).convert("RGB"))
    height, width, _ = levels.shape
    if width * height <= MOST_PIXELS:
        levels.tofile(out)
    return {"width": width, "height": height, "channels": 3, "isWritten": width * height <= MOST_PIXELS}


def opened(path):
    try:
        return Image.open(path)
    except UnidentifiedImageError:
        # Pillow keeps the reason to itself: the reader that knows the first bytes is asked again.
        with open(path, "rb") as file:
            start = file.read(16)
        for open_as, accepts in (Image.OPEN[name] for name in ["JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF"]):
            if accepts is None or accepts(start) is True:
                open_as(open(path, "rb"), path)
        raise


def upright(image):
    try:
        return ImageOps.exif_transpose(image)
    except Exception as error:
        raise Refused(f"its pixels are read, its orientation is not: {error!r}") from error


def npy(path, out):
    array = np.load(path, allow_pickle=False)
    if array.dtype != np.uint8 or array.ndim not in (3, 4) or 0 in array.shape[1:]:
        raise Refused(f"{array.dtype} of shape {array.shape} is no pictures")
    if array.ndim == 3:
        array = array[..., None]
    elif array.shape[3] not in (1, 3, 4):
        if array.shape[1] not in (1, 3, 4):
            raise Refused(f"shape {array.shape} is no pictures")
        array = array.transpose(0, 2, 3, 1)
    _, height, width, channels = array.shape
    return [[f"{width} x {height} x {channels} {sha(np.ascontiguousarray(one).tobytes())}", None] for one in array]


def npz(path, out):
    np.load(path, allow_pickle=False)
    raise Refused("archives of arrays are not read")


def embeddings(path, out):
    array = np.load(path, allow_pickle=False)
    if array.ndim != 2 or array.dtype not in ("<f4", "<f2"):
        raise Refused(f"{array.dtype} of shape {array.shape} is no embeddings")
    with np.errstate(all="ignore"):
        numbers = array.astype(np.float64)
        lengths = np.sqrt((numbers**2).sum(axis=1, keepdims=True))
        unit = np.where(np.isfinite(lengths) & (lengths > 0), numbers / lengths, np.nan)
    unit.astype(np.float32).tofile(out)
    return {"rows": array.shape[0], "columns": array.shape[1]}


def tar(path, out):
    entries = []
    with tarfile.open(path, "r:", encoding="utf-8", errors="surrogateescape") as archive:
        for info in archive:
            if info.isreg():
                content = archive.extractfile(info).read()
                if len(content) < info.size:
                    raise Refused("content is cut short")
                entries.append([info.name.encode("utf-8", "surrogateescape").decode("utf-8", "shown"), sha(content)])
        archive.fileobj.seek(archive.offset)
        if any(archive.fileobj.read(512).ljust(512, b"x")):
            raise Refused("it does not end with an end mark; tarfile passes over that")
    return entries


def parquet(path, out):
    table = pq.read_table(path)
    table.validate(full=True)
    structs = [field.name for field in table.schema if str(field.type).startswith("struct") and "bytes" in [one.name for one in field.type]]
    image = structs[0] if "image" not in table.column_names and len(structs) == 1 else "image"
    label = next((name for name in LABEL_NAMES if name in table.column_names), None)
    pictures = table.column(image).to_pylist()
    values = [None] * len(pictures) if label is None else table.column(label).to_pylist()
    return [[shown(picture), text_of(value)] for picture, value in zip(pictures, values, strict=True)]


def shown(picture):
    if isinstance(picture, dict):
        picture = picture.get("bytes")
    return f"bytes {sha(picture if isinstance(picture, bytes) else b'')}"


def text_of(value):
    if isinstance(value, bytes):
        return value.decode("utf-8-sig", "shown")
    return None if value is None or isinstance(value, (bool, list, dict)) else str(value)


def text(path):
    with open(path, "rb") as file:
        content = file.read()
    found = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
    if "\0" in found:
        raise Refused("a NUL character is no text")
    return found


def strict_json(content):
    def refuse(name):
        raise ValueError(f"{name} is not JSON")

    return json.loads(content, parse_constant=refuse)


def csv_rows(content):
    rows = list(csv.reader(io.StringIO(content, newline=""), strict=True))
    return [[cell.strip(" \t\n\v\f\r\u00a0\ufeff") for cell in row] for row in rows if row]


def csv_manifest(path, out):
    header, *rows = csv_rows(text(path))
    return manifest(header, [dict(zip(header, row)) if len(row) == len(header) else {} for row in rows])


def jsonl_manifest(path, out):
    objects = []
    for line in text(path).split("\n"):
        parts = [line] if object_in(line) is not None else re.split("\r", line.rstrip(SPACES))
        objects += [object_in(part) or {} for part in parts if part.strip(SPACES)]
    if not any(objects) or text(path).lstrip(SPACES).startswith("["):
        raise Refused("no line is an object, or the file is an array")
    if all(field(one, PATH_NAMES) is None for one in objects):
        raise Refused("no column of paths")
    return [row(value_of(one, PATH_NAMES), value_of(one, LABEL_NAMES)) for one in objects]


def object_in(line):
    try:
        value = strict_json(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def field(one, names):
    """The key that is called so, in these letters, or else the only one that is in others."""
    for name in names:
        alike = [key for key in one if key.lower() == name]
        if name in one or len(alike) == 1:
            return name if name in one else alike[0]
    return None


def value_of(one, names):
    name = field(one, names)
    return None if name is None else one[name]


def row(path, label):
    return [path if isinstance(path, str) and path else None, plain(label)]


def manifest(columns, rows):
    if len(set(columns)) < len(columns):
        raise Refused("a column comes twice")
    image, label = field(columns, PATH_NAMES), field(columns, LABEL_NAMES)
    if image is None:
        raise Refused("no column of paths")
    paths = [one.get(image) for one in rows]
    return [row(path, one.get(label)) for path, one in zip(paths, rows)]


def plain(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float)):
        return re.sub(r"\.0$", "", str(value))
    return (value.strip(SPACES) or None) if isinstance(value, str) else None


def labels(path, out):
    content = text(path)
    if path.endswith(".json"):
        found = json_labels(strict_json(content))
    elif path.endswith(".csv"):
        found = csv_labels(content)
    else:
        lines = re.split(r"\r\n|\n|\r", content.rstrip(SPACES))
        found = [{"label": line.strip(SPACES)} for line in lines] if content.strip(SPACES) else []
    names = [one.get("label") for one in found]
    if not names or len(set(names)) < len(names):
        raise Refused("no labels, or one twice")
    for one in found:
        checked(one)
    return [{"className": one["label"].replace("_", " ").strip(SPACES) or one["label"], **one} for one in found]


def json_labels(value):
    if isinstance(value, list):
        return [{"label": one} if isinstance(one, str) else one if isinstance(one, dict) else {} for one in value]
    if not isinstance(value, dict):
        raise Refused("neither list nor object")
    return [{"label": key, ("prompts" if isinstance(one, list) else "className"): one} for key, one in value.items()]


def csv_labels(content):
    header, *rows = [row for row in csv.reader(io.StringIO(content, newline=""), strict=True) if row]
    names = {"label": "label", "class_name": "className", "prompts": "prompts", "parent": "parent"}
    header = [name.strip(SPACES) for name in header]
    if "label" not in header or len(set(header)) < len(header) or not set(header) <= set(names):
        raise Refused("other columns")
    if any(len(row) != len(header) for row in rows):
        raise Refused("a row with another number of cells")
    found = []
    for row in rows:
        one = {names[name]: cell for name, cell in zip(header, row) if cell or name == "label"}
        if "prompts" in one:
            one["prompts"] = [prompt.strip(SPACES) for prompt in one["prompts"].split("|") if prompt.strip(SPACES)]
        found.append(one)
    return found


def checked(one):
    prompts = one.get("prompts", ["x"])
    texts = [one.get("label"), one.get("className", "x"), one.get("parent", "x"), *(prompts if isinstance(prompts, list) else [None])]
    if set(one) - {"label", "className", "prompts", "parent"} or not prompts:
        raise Refused("other fields")
    for content in texts:
        if not isinstance(content, str) or not content.strip(SPACES):
            raise Refused("no text")
        content.encode()


def tokenizer(path, out):
    one = tokenizers.Tokenizer.from_file(path)
    one.no_padding()
    one.no_truncation()
    return [one.encode(text).ids for text in TEXTS]


def preprocessor(path, out):
    processor = CLIPImageProcessorPil.from_dict(strict_json(text(path)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pixels = processor(Image.open(PICTURE).convert("RGB"), return_tensors="np")["pixel_values"][0]
    pixels.astype(np.float32).tofile(out)
    return {"width": pixels.shape[2], "height": pixels.shape[1]}


def unknown(path, out):
    """Nobody else reads these: they are tried for crashes, hangs, memory and errors without a code."""


READERS = {"npy": npy, "npz": npz, "embeddings": embeddings, "tar": tar, "parquet": parquet, "csv": csv_manifest,
           "jsonl": jsonl_manifest, "labels": labels, "tokenizer": tokenizer, "preprocessor": preprocessor,
           **dict.fromkeys(["graph", "config", "templates", "label-map", "card"], unknown)}


def answer_of(request):
    read = READERS.get(request["kind"], decoded)
    try:
        return {"accepted": True, "value": read(request["path"], request["out"])}
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # tokenizers panics with a class of its own that is no Exception
        return {"accepted": False, "code": type(error).__name__, "message": str(error)[:2000]}


if __name__ == "__main__":
    PICTURE, TEXTS = sys.argv[1], json.loads(sys.argv[2])
    resource.setrlimit(resource.RLIMIT_AS, (8 * 2**30, 8 * 2**30))
    answers = sys.stdout
    sys.stdout = sys.stderr
    for line in sys.stdin:
        answers.write(json.dumps(answer_of(json.loads(line))) + "\n")
        answers.flush()
