"""Tiny tokenizers of the kinds that CLIP's families use, for make_families.py.

Each function writes `tokenizer.json` and `tokenizer_config.json` into a folder, as the published models have them, and
returns the tokenizer of transformers that is the reference for it, with the size of its vocabulary.

SentencePiece's character map for Unicode's NFKC takes 300 kB; the models here have one for the characters of their tests.
"""

import io
import json
import tempfile
import unicodedata
from pathlib import Path

import sentencepiece
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from transformers import BertTokenizer, CLIPTokenizer, SiglipTokenizer, XLMRobertaTokenizer
from transformers.models.siglip2.tokenization_siglip2 import Siglip2Tokenizer

MINI = Path(__file__).parent.parent.parent / "models/mini/tokenizer.json"
CORPUS = [
    "a photo of a cat", "this is a photo of a dog", "the red car is really well known", "a tree in the green forest",
    "aquarium fish under the water", "a very long text of many words", "full width", "naive cafe", "emoji and tag",
    "at home with five cats and three dogs", "it is not a photograph", "the picture shows one small animal",
] * 4  # fmt: skip
CHARACTERS = "abcdefghijklmnopqrstuvwxyz0123456789.,!?'()#@%$-_½1⁄2üïöéσίγμα一只猫的照片北京"
PUNCTUATION = r"""[!"\#\$%\&'\(\)\*\+,\-\./:;<=>\?@\[\\\]\^_`\{\|\}\~]"""


def write(folder, name, value):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(value, ensure_ascii=False) + "\n", "utf-8")


def write_both(folder, tokenizer, config):
    write(folder, "tokenizer.json", json.loads(tokenizer.to_str()))
    write(folder, "tokenizer_config.json", config)


def character_rules():
    """Code points of one character, a tab, those of its replacement: NFKC, white space to spaces, controls to nothing."""
    mapped = [*range(0xA0, 0x180), *range(0x1E00, 0x1F00), *range(0x2000, 0x2100), *range(0xFB00, 0xFB07), *range(0xFF01, 0xFF5E)]
    rules = {chr(code): unicodedata.normalize("NFKC", chr(code)) for code in mapped}
    rules |= {unicodedata.normalize("NFD", chr(code)): chr(code) for code in range(0xC0, 0x180)}
    rules |= {character: " " for character in "\t\n\r\f\u0085\u00a0\u2028\u3000\u200b\u200d\ufeff\u2581"}
    rules |= {character: "" for character in "\x01\x02\x1f\x7f\u008d"}
    spelled = lambda text: " ".join(f"{ord(character):X}" for character in text)
    return "".join(f"{spelled(key)}\t{spelled(value)}\n" for key, value in sorted(rules.items()) if key != value)


def clip(folder, length, pad="<|endoftext|>"):
    """The built-in model's byte-level BPE, cut down to its single bytes and first merges.

    The reference always pads with the end token: another pad token would become one that texts are split at.
    """
    content = json.loads(MINI.read_text("utf-8"))
    content["model"]["merges"] = content["model"]["merges"][:60]
    merged = {a + b for a, b in content["model"]["merges"]}
    kept = [token for token in content["model"]["vocab"] if len(token.removesuffix("</w>")) == 1 or token in merged]
    content["model"]["vocab"] = {token: index for index, token in enumerate(kept)}
    for index, token in enumerate(content["added_tokens"]):
        token["id"] = len(kept) + index
    start, end = (token["content"] for token in content["added_tokens"])
    content["post_processor"].update(cls=[start, len(kept)], sep=[end, len(kept) + 1])
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": length, "bos_token": start, "eos_token": end, "pad_token": pad, "unk_token": end}
    write(folder, "tokenizer.json", content)
    write(folder, "tokenizer_config.json", config)
    return CLIPTokenizer.from_pretrained(folder, pad_token=end), len(kept) + 2


def sentence_piece(**options):
    """A SentencePiece model trained on the corpus, as bytes."""
    out = io.BytesIO()
    with tempfile.TemporaryDirectory() as place:
        rules = Path(place) / "rules.tsv"
        rules.write_text(character_rules(), "utf-8")
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=out, model_type="unigram", vocab_size=260, hard_vocab_limit=False,
            required_chars=CHARACTERS, normalization_rule_tsv=str(rules), minloglevel=2, num_threads=1, **options,
        )  # fmt: skip
    return out.getvalue()


def pieces_of(model):
    from sentencepiece import sentencepiece_model_pb2

    return sentencepiece_model_pb2.ModelProto.FromString(model)


def siglip(folder, clean=True):
    """SentencePiece behind SigLIP's cleaning of texts, which the file does itself only where `clean` is set."""
    model = sentence_piece(pad_id=0, eos_id=1, unk_id=2, bos_id=-1)
    proto = pieces_of(model)
    steps = [normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)]
    if clean:
        steps = [
            normalizers.Lowercase(), normalizers.Replace(Regex(PUNCTUATION), ""), *steps,
            normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip(),
        ]  # fmt: skip
    tokenizer = Tokenizer(models.Unigram([(piece.piece, piece.score) for piece in proto.pieces], unk_id=2))
    tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=True)
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
    tokenizer.add_special_tokens([AddedToken(token, normalized=False, special=True) for token in ("</s>", "<unk>")])
    # SigLIP was trained without a mask: published configurations name no input but the ids.
    config = {"tokenizer_class": "SiglipTokenizer", "model_input_names": ["input_ids"], "model_max_length": 64, "eos_token": "</s>", "pad_token": "</s>", "unk_token": "<unk>"}
    write_both(folder, tokenizer, config)
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "spiece.model"
        file.write_bytes(model)
        return SiglipTokenizer(str(file), model_input_names=["input_ids"]), len(proto.pieces)


def gemma(folder):
    """BPE over characters with bytes to fall back on. As published, the file does not lower the case; transformers does."""
    special = ["<pad>", "<eos>", "<bos>", "<unk>", "<mask>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    plain = Tokenizer(models.BPE())
    plain.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    trainer = trainers.BpeTrainer(vocab_size=220, show_progress=False, initial_alphabet=list(CHARACTERS))
    plain.train_from_iterator([text.replace(" ", "▁") for text in CORPUS], trainer)
    trained = json.loads(plain.to_str())["model"]
    learned = sorted(trained["vocab"], key=trained["vocab"].get)
    vocabulary = {token: index for index, token in enumerate([*special, *bytes_, *learned])}
    merges = [tuple(merge) for merge in trained["merges"]]
    reference = Siglip2Tokenizer(vocab=vocabulary, merges=merges, padding_side="right", model_max_length=64, model_input_names=["input_ids"])
    end = processors.TemplateProcessing(single="$A <eos>", special_tokens=[("<eos>", 1)])
    reference._tokenizer.post_processor = end
    content = json.loads(reference._tokenizer.to_str())
    content["normalizer"] = content["normalizer"]["normalizers"][1]
    write(folder, "tokenizer.json", content)
    write(folder, "tokenizer_config.json", {"tokenizer_class": "GemmaTokenizer", "model_input_names": ["input_ids"], "model_max_length": 64, "padding_side": "right", "pad_token": "<pad>", "eos_token": "<eos>", "bos_token": "<bos>", "unk_token": "<unk>"})
    return reference, len(vocabulary)


def word_piece(folder, length):
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = list(dict.fromkeys("abcdefghijklmnopqrstuvwxyz0123456789.,!?'()#@%$-_一只猫的照片北京"))
    words = sorted({word for text in CORPUS for word in text.split() if len(word) > 1})
    vocabulary = {token: index for index, token in enumerate([*special, *letters, *(f"##{x}" for x in letters[:36]), *words])}
    reference = BertTokenizer(vocab=vocabulary, model_max_length=length)
    write_both(folder, reference._tokenizer, {"tokenizer_class": "BertTokenizer", "model_max_length": length, "pad_token": "[PAD]", "do_lower_case": True})
    return reference, len(vocabulary)


def xlm_roberta(folder, length):
    model = sentence_piece(bos_id=0, pad_id=1, eos_id=2, unk_id=3)
    proto = pieces_of(model)
    pieces = [(piece.piece, piece.score) for piece in proto.pieces] + [("<mask>", 0.0)]
    reference = XLMRobertaTokenizer(vocab=pieces, model_max_length=length)
    reference._tokenizer.normalizer = normalizers.Precompiled(proto.normalizer_spec.precompiled_charsmap)
    write_both(folder, reference._tokenizer, {"tokenizer_class": "XLMRobertaTokenizer", "model_max_length": length, "pad_token": "<pad>"})
    return reference, len(pieces)
