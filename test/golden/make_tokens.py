"""Write tokens.json: ids of 10,000 made-up texts, as Python's `tokenizers` gives them, for test/tokenizer.test.ts.

The texts come from a seed, by the rules below, which test/token-texts.ts follows too; only a checksum of each text's
ids is kept. `examples` holds a few texts with all their ids.

usage: make_tokens.py MINI_TOKENIZER_JSON CLIP_TOKENIZER_JSON
"""

import base64
import json
import struct
import sys
from pathlib import Path

import tokenizers

HERE = Path(__file__).parent
SEED, COUNT = 20240229, 10_000
EXAMPLES = [
    "", " ", "a photo of a apple", "A Photo  of\tan Apple", "it's the dogs' ball", "ΟΔΟΣ Σ ΣΑΣ", "a\ufeff!b", "x\ufeff\ufeffy",
    "<|endoftext|> again", "<|ENDOFTEXT|>", "cafe\u0301 caf\u00e9", "👩‍👩‍👧 👍🏽", "12345 x² ½", "写真 пример",
    "\u0000\u0007\u0085\u200b", "supercalifragilisticexpialidocious " * 40,
]


class Random:
    """Linear congruential generator modulo 2**32 (Numerical Recipes); the upper 16 bits are used."""

    def __init__(self, seed):
        self.state = seed

    def below(self, limit):
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        high = self.state >> 16
        self.state = (self.state * 1664525 + 1013904223) % 2**32
        return (high * 65536 + (self.state >> 16)) % limit


def text(random, words, pools):
    """Words and runs of characters of one pool, with or without a space between; one in fifty is very long."""
    pieces = 400 if random.below(50) == 0 else random.below(12)
    out = []
    for _ in range(pieces):
        if random.below(3) == 0:
            out.append(words[random.below(len(words))])
        else:
            ranges = pools[random.below(len(pools))]
            for _ in range(300 if random.below(500) == 0 else 1 + random.below(8)):
                first, last = ranges[random.below(len(ranges))]
                out.append(chr(first + random.below(last - first + 1)))
        if random.below(2) == 0:
            out.append(" ")
    return "".join(out)


def texts():
    pieces = json.loads((HERE / "token-pieces.json").read_text("utf-8"))
    random = Random(SEED)
    return [text(random, pieces["words"], list(pieces["ranges"].values())) for _ in range(COUNT)]


def checksum(ids):
    """FNV-1a, 32 bits, over the ids."""
    value = 0x811C9DC5
    for number in ids:
        value = ((value ^ number) * 0x01000193) % 2**32
    return value


def golden(file, context_length):
    tokenizer = tokenizers.Tokenizer.from_file(file)
    tokenizer.no_padding()
    tokenizer.enable_truncation(context_length)
    ids = [encoding.ids for encoding in tokenizer.encode_batch(texts())]
    sums = struct.pack(f"<{COUNT}I", *map(checksum, ids))
    examples = [{"text": one, "ids": tokenizer.encode(one).ids} for one in EXAMPLES]
    return {"contextLength": context_length, "checksums": base64.b64encode(sums).decode(), "examples": examples}


def main(mini, clip):
    out = {"tokenizers": tokenizers.__version__, "seed": SEED, "count": COUNT, "mini": golden(mini, 32), "clip": golden(clip, 77)}
    (HERE / "tokens.json").write_text(json.dumps(out, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
