"""Damages files of every kind that is read, and compares what the library makes of them with what others make of them.

usage: run.py [--seed N] [--count N] [--kinds jpeg,tar,...] [--out FOLDER] [--only NUMBER]   (README.md says more)
"""

import argparse
import json
import random
import sys
import tempfile
import time
from pathlib import Path

import data_seeds
import picture_seeds
from child import Child
from mutate import mutated
from report import Report
from verdict import VERDICTS, verdict_of

HERE = Path(__file__).parent
SEEDS = {**picture_seeds.KINDS, **data_seeds.KINDS}
#: How many of each kind, compared with the others.
WEIGHTS = {"jpeg": 4, "png": 4, "gif": 3, "webp": 3, "tiff": 5, "avif": 2, "jpeg-fast": 1, "other": 0.5, "npy": 1.5, "embeddings": 1.5, "npz": 0.1,
           "tar": 3, "parquet": 3, "csv": 1.5, "jsonl": 1.5, "labels": 1.5, "tokenizer": 1.5, "preprocessor": 1.5,
           "graph": 2, "config": 1, "templates": 0.7, "label-map": 0.7, "card": 0.7}
#: What tokenizers are tried with.
TEXTS = ["", "a photo of a cat", "Sea LION's  tank\t42", "Straße 写真, écru", "<|endoftext|> [SEP] </s> 👍🏽 e\u0301 \u0000x"]


def options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="what the damage is drawn from; default 1")
    parser.add_argument("--count", type=int, default=4000, help="damaged files, besides the whole ones; default 4000")
    parser.add_argument("--kinds", default=",".join(SEEDS), help="default: all, " + ",".join(SEEDS))
    parser.add_argument("--out", type=Path, default=Path("fuzz-results"), help="folder for report.md, summary.json, kept/")
    parser.add_argument("--only", type=int, help="write the damaged file of this number to --out, and what both say of it")
    parser.add_argument("--seconds", type=float, default=10, help="for one file, after which it counts as a hang; default 10")
    return parser.parse_args()


def cases(chosen, seed, count, only):
    """First every file as it is, numbered from -1 down, then damaged ones from 0: kind, number, name, damage, content, seed content."""
    files = {kind: list(SEEDS[kind]()) for kind in chosen}
    whole = [(kind, name, content) for kind in chosen for name, content in files[kind]]
    for at, (kind, name, content) in enumerate(whole):
        if only in (None, -1 - at):
            yield kind, -1 - at, name, [], content, content
    for number in range(count) if only is None else [only] * (only >= 0):
        rng = random.Random(f"{seed} {number}")
        kind = rng.choices(chosen, [WEIGHTS[kind] for kind in chosen])[0]
        name, content = rng.choice(files[kind])
        damaged, damage = mutated(kind, content, [other for _, other in files[kind]], rng)
        yield kind, number, name, damage, damaged, content


def bytes_changed(before, after):
    """The bytes between the first and the last that differ."""
    first = next((at for at, (a, b) in enumerate(zip(before, after)) if a != b), min(len(before), len(after)))
    last = next((at for at, (a, b) in enumerate(zip(before[first:][::-1], after[first:][::-1])) if a != b), min(len(before), len(after)) - first)
    return max(len(before), len(after)) - first - last


def run(chosen, asked, work):
    picture = work / "picture.png"
    picture.write_bytes(picture_seeds.saved(picture_seeds.rgb(), "PNG"))
    arguments = [str(picture), json.dumps(TEXTS), str(work)]
    ours = Child(["node", "--max-old-space-size=1024", str(HERE / "read.mjs"), *arguments], work / "ours.log", asked.seconds)
    theirs = Child([sys.executable, str(HERE / "reference.py"), *arguments], work / "theirs.log", asked.seconds)
    report = Report(asked.out, {"seed": asked.seed, "count": asked.count, "kinds": chosen})
    started = time.monotonic()
    for kind, number, name, damage, content, whole in cases(chosen, asked.seed, asked.count, asked.only):
        path, outs = work / kind / f"file{Path(name).suffix}", [work / "ours.out", work / "theirs.out"]
        path.parent.mkdir(exist_ok=True)  # of its own: some readers look at the files beside
        path.write_bytes(content)
        for child, out in zip([ours, theirs], outs):
            child.send({"kind": kind, "path": str(path), "out": str(out)})
        answers = [ours.answer(), theirs.answer()]
        report.count(kind, *answers)
        found = verdict_of(kind, *answers, outs)
        if found:
            case = {"kind": kind, "number": number, "seed": name, "damage": damage, "bytes": len(content), "changed": bytes_changed(whole, content)}
            report.add(case, *found, content)
        if asked.only is not None:
            (asked.out / f"{number}-{name}").write_bytes(content)
            print(json.dumps(answers, indent=1, ensure_ascii=False))
        if number >= 0 and number % 500 == 499:
            report.write()
            print(f"{number + 1} files, {time.monotonic() - started:.0f} s, {len(report.groups)} groups", flush=True)
    ours.close()
    theirs.close()
    return report


def main():
    asked = options()
    chosen = [kind for kind in SEEDS if kind in asked.kinds.split(",")]
    unknown = set(asked.kinds.split(",")) - set(SEEDS)
    if unknown:
        sys.exit(f"No kinds {', '.join(sorted(unknown))}: expected any of {', '.join(SEEDS)}.")
    with tempfile.TemporaryDirectory() as work:
        report = run(chosen, asked, Path(work))
    report.write()
    counts = {verdict: sum(group["count"] for group in report.groups.values() if group["verdict"] == verdict) for verdict in VERDICTS}
    print(f"{asked.out / 'report.md'}: {counts}")
    sys.exit(any(count for verdict, count in counts.items() if verdict not in ("refused", "values")))


if __name__ == "__main__":
    main()
