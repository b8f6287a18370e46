"""Copy a model folder of make_clip_onnx.py, with outliers in weights and activations as trained transformers have them.

usage: make_outliers.py MODEL OUT

Random weights have none, and 8 bits are easy on them. Here one weight in 2,000 is ten times as large; four channels come out of
each layer norm twelve times as large as the others, whose gains differ too; and three channels of the residual stream get 60 added
early on, where the rest is about 1 (Dettmers et al. 2022, LLM.int8(); Sun et al. 2024, Massive Activations). The exporter has merged
the gains of all layer norms, so the channels are the same in each, as they are in trained models.
Needs onnx and numpy.
"""

import shutil
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

MOST_ROWS = 40_000  # a table of embeddings has more


def changed(name, values, draw):
    if values.ndim == 2 and 64 < min(values.shape) and values.shape[0] < MOST_ROWS:
        values[draw.random(values.shape) < 5e-4] *= 10
    elif name in ("pre.weight", "ln.weight") or ".ln" in name and name.endswith("weight"):
        values *= np.exp(draw.normal(0, 0.7, values.shape))
        values[draw.integers(0, values.size, 4)] *= 12
    elif name in ("blocks.1.fc2.bias", "blocks.2.fc2.bias"):
        values[draw.integers(0, values.size, 3)] += 60
    else:
        return False
    return True


def main(model, out):
    model, out = Path(model), Path(out)
    (out / "onnx").mkdir(parents=True, exist_ok=True)
    for file in model.glob("*.json"):
        shutil.copy(file, out)
    for tower in ("vision_model", "text_model"):
        draw = np.random.default_rng(5)
        network = onnx.load(model / "onnx" / f"{tower}.onnx")
        count = 0
        for tensor in network.graph.initializer:
            if tensor.data_type != onnx.TensorProto.FLOAT:
                continue
            values = numpy_helper.to_array(tensor).copy()
            if changed(tensor.name, values, draw):
                count += 1
                tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
        onnx.save(network, out / "onnx" / f"{tower}.onnx")
        print(f"{tower}: {count} tensors changed")


if __name__ == "__main__":
    main(*sys.argv[1:])
