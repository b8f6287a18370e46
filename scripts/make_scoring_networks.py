"""Write models/scoring/: networks without weights that compare many pictures with many labels.

    similarities.onnx    dot products of all rows of two matrices, multiplied and summed in double precision
    nearest-labels.onnx  the k nearest classes of each picture in single precision, and over all classes
                         sum exp(scale x (similarity - largest similarity)), from which a softmax follows

usage: make_scoring_networks.py   (needs onnx)
"""

from pathlib import Path

import onnx
from onnx import TensorProto as T
from onnx import helper

OUT = Path(__file__).parent.parent / "models" / "scoring"


def save(name, nodes, inputs, outputs, constants=()):
    def values(infos):
        return [helper.make_tensor_value_info(*info) for info in infos]

    graph = helper.make_graph(nodes, name, values(inputs), values(outputs), list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, OUT / f"{name}.onnx")


node = helper.make_node
OUT.mkdir(exist_ok=True)

save(
    "similarities",
    [
        node("Cast", ["left"], ["left64"], to=T.DOUBLE),
        node("Cast", ["right"], ["right64"], to=T.DOUBLE),
        node("Gemm", ["left64", "right64"], ["similarities"], transB=1),
    ],
    [("left", T.FLOAT, ["rows", "dimension"]), ("right", T.FLOAT, ["others", "dimension"])],
    [("similarities", T.DOUBLE, ["rows", "others"])],
)

save(
    "nearest-labels",
    [
        node("Gemm", ["images", "classes"], ["all"], transB=1),
        node("TopK", ["all", "k"], ["similarities", "places"], axis=1),
        node("Cast", ["places"], ["positions"], to=T.INT32),
        node("ReduceMax", ["all", "over"], ["largest"], keepdims=1),
        node("Sub", ["all", "largest"], ["below"]),
        node("Mul", ["below", "scale"], ["exponents"]),
        node("Exp", ["exponents"], ["weights"]),
        node("ReduceSum", ["weights", "over"], ["sums"], keepdims=0),
    ],
    [
        ("images", T.FLOAT, ["pictures", "dimension"]),
        ("classes", T.FLOAT, ["labels", "dimension"]),
        ("k", T.INT64, [1]),
        ("scale", T.FLOAT, [1]),
    ],
    [
        ("similarities", T.FLOAT, ["pictures", "k"]),
        ("positions", T.INT32, ["pictures", "k"]),
        ("sums", T.FLOAT, ["pictures"]),
    ],
    [helper.make_tensor("over", T.INT64, [1], [1])],
)
