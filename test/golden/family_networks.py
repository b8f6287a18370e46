"""The networks of make_families.py: stand-ins for what transformers does not have, and the export to ONNX."""

import math
import warnings

import onnx
import torch
from torch import nn

SIZE, DIMENSION, SCALE, BIAS = 32, 8, 20.0, -3.5


def scrambled(model, scale=SCALE, bias=None):
    """`model` with weights so large that its embeddings differ, and the given logit scale and bias."""
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if weights.ndim > 1:
                spread = 1.0 if "embed" in name else 1.5 / math.sqrt(weights[0].numel())
                weights.copy_(torch.randn(weights.shape, generator=generator) * spread)
        if hasattr(model, "logit_scale"):
            model.logit_scale.fill_(math.log(scale))
        if hasattr(model, "logit_bias"):
            model.logit_bias.fill_(bias)
    return model.eval()


class Tower(nn.Module):
    """One method of a model as a module of its own, its results in the order of `names`."""

    def __init__(self, model, run):
        super().__init__()
        self.model, self.run = model, run

    def forward(self, *inputs):
        return self.run(self.model, *inputs)


class Texts(nn.Module):
    """A stand-in for a text tower: token and position embeddings, one mixing step, and a projection of the mean.

    Without a pad token it takes texts of exactly `length` tokens, and their padding counts.
    """

    def __init__(self, vocabulary, length, pad=None):
        super().__init__()
        self.embed, self.positions = nn.Embedding(vocabulary, 16), nn.Embedding(length, 16)
        self.mix, self.projection, self.pad = nn.Conv1d(16, 16, 3, padding=1), nn.Linear(16, DIMENSION), pad

    def forward(self, ids):
        kept = torch.ones_like(ids).float() if self.pad is None else (ids != self.pad).float()
        count = torch.cumsum(torch.ones_like(ids), dim=1) - 1
        positions = self.positions.weight[None] if self.pad is None else self.positions(count)
        x = (self.embed(ids) + positions) * kept[:, :, None]
        x = torch.tanh(self.mix(x.transpose(1, 2)).transpose(1, 2)) * kept[:, :, None]
        return self.projection(x.sum(1) / kept.sum(1, keepdim=True))


class Pictures(nn.Module):
    """A stand-in for a vision tower: two strided convolutions, as in a ResNet's stem, and a projection of the mean."""

    def __init__(self):
        super().__init__()
        self.stem, self.deep = nn.Conv2d(3, 8, 4, 4), nn.Conv2d(8, 16, 3, 2, padding=1)
        self.projection = nn.Linear(16, DIMENSION)

    def forward(self, pixels):
        x = torch.relu(self.deep(torch.relu(self.stem(pixels))))
        return self.projection(x.mean((2, 3)))


class StandIn(nn.Module):
    def __init__(self, vocabulary, length, pad=None, seed=0):
        super().__init__()
        torch.manual_seed(seed)
        self.text_model, self.vision_model = Texts(vocabulary, length, pad), Pictures()
        self.logit_scale = nn.Parameter(torch.tensor(0.0))


def unit(x):
    return x / x.norm(dim=-1, keepdim=True)


def export(module, inputs, outputs, file, dynamic=True):
    """`inputs`: name to example tensor. The batch, and the length of texts, are left open where `dynamic`."""
    file.parent.mkdir(parents=True, exist_ok=True)
    axes = {name: {0: "images" if example.ndim == 4 else "texts"} for name, example in inputs.items()}
    for name, example in inputs.items():
        if example.ndim == 2:
            axes[name][1] = "sequence_length"
    # One name for two sizes would let ONNX Runtime share their memory.
    axes |= {name: {0: "texts" if "text" in name else "images"} for name in outputs}
    axes |= {"logits_per_image": {0: "images", 1: "texts"}, "logits_per_text": {0: "texts", 1: "images"}}
    axes["pooler_output"] = {0: "batch"}
    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")
        torch.onnx.export(
            module.eval(), tuple(inputs.values()), str(file), input_names=list(inputs), output_names=list(outputs),
            dynamic_axes={name: axes[name] for name in [*inputs, *outputs]} if dynamic else None, opset_version=17, dynamo=False,
        )  # fmt: skip
    slim(file)


def slim(file):
    """Leaves out the names of the source, which take more room than the weights of a network this small."""
    model = onnx.load(file)
    del model.metadata_props[:]
    for node in model.graph.node:
        node.ClearField("name")
        node.ClearField("doc_string")
        del node.metadata_props[:]
    names = {}
    kept = {value.name for value in [*model.graph.input, *model.graph.output]}
    short = lambda name: name if name in kept or not name else names.setdefault(name, f"v{len(names)}")
    for node in model.graph.node:
        assert not any(attribute.HasField("g") for attribute in node.attribute)
        node.input[:], node.output[:] = map(short, node.input), map(short, node.output)
    for weights in model.graph.initializer:
        weights.name = short(weights.name)
    del model.graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, file)


PIXELS = torch.zeros(2, 3, SIZE, SIZE)
IDS = torch.ones(2, 5, dtype=torch.long)
TEXT_INPUTS = {"input_ids": IDS, "attention_mask": torch.ones_like(IDS)}


def export_towers(model, folder, text_inputs, outputs=("text_embeds", "image_embeds")):
    """Separate towers, each with its projection."""
    texts = lambda m, *values: m.get_text_features(**dict(zip(text_inputs, values))).pooler_output
    pictures = lambda m, pixels: m.get_image_features(pixel_values=pixels).pooler_output
    export(Tower(model, texts), text_inputs, outputs[:1], folder / "onnx/text_model.onnx")
    export(Tower(model, pictures), {"pixel_values": PIXELS}, outputs[1:], folder / "onnx/vision_model.onnx")


def export_both(model, folder, text_inputs):
    """One graph with both towers, which gives logits."""

    def run(m, pixels, *values):
        out = m(pixel_values=pixels, **dict(zip(text_inputs, values)))
        return out.logits_per_image, out.logits_per_text, out.text_embeds, out.image_embeds

    outputs = ("logits_per_image", "logits_per_text", "text_embeds", "image_embeds")
    export(Tower(model, run), {"pixel_values": PIXELS, **text_inputs}, outputs, folder / "onnx/model.onnx")
