"""Whether the library and the reference agree on a file, and if not, what kind of disagreement it is."""

import re

import numpy as np

#: Worst first.
VERDICTS = {
    "crash": "the process ended",
    "hang": "no answer in time",
    "memory": "more memory than the file can ask for",
    "uncoded": "an error without a code",
    "accepted": "read, though the reference refuses it",
    "values": "read by both, with other values",
    "refused": "refused, though the reference reads it",
}
PICTURES = {"jpeg", "jpeg-fast", "png", "gif", "webp", "tiff", "avif", "other"}
#: Kinds that have no reference.
UNCOMPARED = {"graph", "config", "templates", "label-map", "card"}
ARRAYS = {"embeddings": 2e-6, "preprocessor": 0.0}

#: Bytes for a pixel that is given back, and at most for anything.
PIXEL_BYTES, SPARE_BYTES = 16, 400 * 2**20


def verdict_of(kind, ours, theirs, outs):
    """The name of the disagreement and what to say of it, or None; `outs` are the files of numbers of both."""
    code = ours.get("code")
    if code in ("CRASH", "HANG", "MEMORY", "UNCODED"):
        return code.lower(), {"ours": reason(ours), "theirs": reason(theirs)}
    if ours.get("memory", 0) > SPARE_BYTES + PIXEL_BYTES * pixels_of(ours):
        return "memory", {"ours": f"{ours['memory'] // 2**20} MiB, {reason(ours)}", "theirs": reason(theirs)}
    if kind in UNCOMPARED or theirs.get("code") in ("CRASH", "HANG", "MEMORY"):
        return None
    if ours["accepted"] != theirs["accepted"]:
        name = "accepted" if ours["accepted"] else "refused"
        return None if is_promised(kind, ours, theirs) else (name, {"ours": reason(ours), "theirs": reason(theirs)})
    # Reduced pictures have pixels of their own.
    difference = kind != "jpeg-fast" and ours["accepted"] and difference_of(kind, ours["value"], theirs["value"], outs)
    return ("values", {"ours": difference, "theirs": ""}) if difference else None


def pixels_of(answer):
    value = answer.get("value")
    return value["width"] * value["height"] if isinstance(value, dict) and "width" in value else 0


def is_promised(kind, ours, theirs):
    """Whether docs/ say that the library and the reference part here."""
    if kind in ("other", "npz") or ours.get("code") == "IMAGE_TOO_LARGE":
        return not ours["accepted"]
    # Bytes after the array: docs/datasets.md takes a file of another length than its header says for damage.
    return kind in ("npy", "embeddings") and not ours["accepted"] and bool(re.search(r"bytes of .*, got \d+ bytes", ours["message"]))


def difference_of(kind, ours, theirs, outs):
    if ours == theirs:
        compare = pixels if kind in PICTURES else numbers if kind in ARRAYS else None
        return compare and compare(kind, ours, outs)
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return f"{sizes(ours)} and {sizes(theirs)}"
    if not isinstance(ours, list) or len(ours) != len(theirs):
        return f"{len(ours)} and {len(theirs)} items"
    at = next(at for at in range(len(ours)) if ours[at] != theirs[at])
    return f"item {at}: {str(ours[at])[:300]} and {str(theirs[at])[:300]}"


def sizes(value):
    return " x ".join(str(value[name]) for name in ("width", "height", "rows", "columns") if name in value)


def pixels(kind, value, outs):
    if not value["isWritten"]:
        return None
    ours, theirs = (np.fromfile(out, np.uint8).astype(int) for out in outs)
    apart = np.abs(ours - theirs)
    # docs/preprocessing.md: decoders of AVIF interpolate chroma in ways of their own.
    if not apart.any() or (kind == "avif" and apart.mean() < 8):
        return None
    changed = (apart.reshape(-1, 3) > 0).any(axis=1).mean()
    return f"{changed:.1%} of the pixels, by {apart.max()} at the most, {apart.mean():.2f} on average"


def numbers(kind, value, outs):
    ours, theirs = (np.fromfile(out, np.float32) for out in outs)
    with np.errstate(all="ignore"):
        apart = np.abs(ours - theirs)
        agree = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs)) | (apart <= ARRAYS[kind])
    return None if agree.all() else f"{(~agree).mean():.1%} of the numbers, by {np.nanmax(apart):g} at the most"


def reason(answer):
    return "read" if answer["accepted"] else f"{answer['code']}: {answer['message']}"


def general(text):
    """`text` without what is of one file: names, numbers, quoted text."""
    text = re.sub(r"^(Unicode\w+Error): .*", r"\1", re.sub(r" at line \d+ column \d+", "", text))
    text = re.sub(r"(invalid (type|value|length)|out of vocabulary|missing field|did not match|Unknown).*", r"\1", text)
    text = re.sub(r"(/[\w.\-]+)+", "FILE", text)
    text = re.sub(r"0x[0-9a-f]+|\d+(\.\d+)?", "N", text)
    return re.sub(r"('[^']*'|\"[^\"]*\"|b'.*?'|`[^`]*`)", "TEXT", text)[:160]
