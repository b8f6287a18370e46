"""Write quantized.json: what onnxruntime's quantize_dynamic makes of each network of families/ and of the built-in model, and the
small networks of quantize/ that have what those lack.

    python make_quantized.py

Needs onnx and onnxruntime (run with 1.32). Of each network: SHA-256 over its nodes, in the order of their text, and over its
tensors by name, and the embeddings that it gives in Python for the inputs that test/quantize-graph.test.ts gives too.

Weights of three dimensions are missing here: quantize_dynamic gives a file for them that ONNX Runtime does not run.
quantize_dynamic finds only weights that are tensors of the graph. Where nodes make them (float16 that is widened, constants,
transposed ones), those nodes are computed first, by NumPy.
"""

import hashlib
import json
import logging
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

HERE = Path(__file__).parent
CASES = HERE / "quantize"
FOLDED = ("Constant", "Cast", "Identity", "Transpose")


def constants_computed(model):
    """The model with Constant, Cast, Identity and Transpose of tensors computed, where MatMul, Gemm or Gather takes them."""
    graph = model.graph
    tensors = {tensor.name: numpy_helper.to_array(tensor) for tensor in graph.initializer}
    makers = {output: node for node in graph.node for output in node.output}

    def value(name):
        if name in tensors or name not in makers:
            return tensors.get(name)
        node = makers[name]
        attributes = {each.name: helper.get_attribute_value(each) for each in node.attribute}
        if node.op_type == "Constant" and "value" in attributes:
            return numpy_helper.to_array(attributes["value"])
        source = value(node.input[0]) if node.op_type in FOLDED and node.input else None
        if source is None:
            return None
        if node.op_type == "Cast":
            return source.astype(helper.tensor_dtype_to_np_dtype(attributes["to"]))
        return source.transpose(attributes.get("perm")) if node.op_type == "Transpose" else source

    for node in list(graph.node):
        at = {"MatMul": 1, "Gemm": 1, "Gather": 0}.get(node.op_type)
        name = node.input[at] if at is not None else ""
        found = value(name) if name not in tensors else None
        if found is not None and found.dtype == np.float32:
            graph.node.remove(makers[name])
            graph.initializer.append(numpy_helper.from_array(np.ascontiguousarray(found), name))
            tensors[name] = found
    outputs = {output.name for output in graph.output}
    unused = True
    while unused:
        used = {name for node in graph.node for name in node.input} | outputs
        unused = [node for node in graph.node if node.op_type in FOLDED and not used & set(node.output)]
        for node in unused:
            graph.node.remove(node)
    return model


def quantized(path):
    with tempfile.TemporaryDirectory() as folder:
        whole, target = f"{folder}/whole.onnx", f"{folder}/quantized.onnx"
        onnx.save(constants_computed(onnx.load(path)), whole)
        quantize_dynamic(whole, target, weight_type=QuantType.QInt8, per_channel=True,
            op_types_to_quantize=["MatMul", "Gemm", "Gather"])  # fmt: skip
        return onnx.load(target)


def sha256(parts):
    return hashlib.sha256("\n".join(sorted(parts)).encode()).hexdigest()


def digests(model):
    graph = model.graph
    nodes = [
        json.dumps([node.op_type, node.name, list(node.input), list(node.output),
            sorted(each.SerializeToString().hex() for each in node.attribute)])
        for node in graph.node
    ]  # fmt: skip
    tensors = [
        json.dumps([tensor.name, tensor.data_type, list(tensor.dims),
            hashlib.sha256(numpy_helper.to_array(tensor).tobytes()).hexdigest()])
        for tensor in graph.initializer
    ]  # fmt: skip
    return {"nodes": sha256(nodes), "tensors": sha256(tensors), "products": sum(n.op_type == "MatMulInteger" for n in graph.node)}


def inputs_of(session, length):
    """Numbers that need no file: a ramp for pictures, small ids for texts of a length, ones for masks."""
    values = {}
    for each in session.get_inputs():
        free = iter([2, length])
        shape = [size if isinstance(size, int) else next(free) for size in each.shape]
        place = np.arange(int(np.prod(shape)))
        kind = {"tensor(float)": np.float32, "tensor(int32)": np.int32, "tensor(int64)": np.int64}[each.type]
        if kind is np.float32:
            numbers = place % 17 / 8 - 1
        else:
            numbers = np.ones_like(place) if each.name == "attention_mask" else place % 5 + 1
        values[each.name] = numbers.reshape(shape).astype(kind)
    return values


def golden(path):
    model = quantized(path)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    outputs, length = run(session)
    names = [each.name for each in session.get_outputs()]
    rounded = {name: [float(f"{x:.7g}") for x in value.ravel()] for name, value in zip(names, outputs) if value.ndim == 2}
    return digests(model) | {"length": length, "outputs": rounded}


def run(session):
    """Some graphs take texts of full length alone, without saying so."""
    try:
        return session.run(None, inputs_of(session, 7)), 7
    except onnxruntime.capi.onnxruntime_pybind11_state.Fail:
        return session.run(None, inputs_of(session, 77)), 77


# Small networks ----------------------------------------------------------------------------------------------------


def save(name, nodes, tensors, outputs, width=6):
    inputs = [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2, width]), helper.make_tensor_value_info("ids", TensorProto.INT64, [2])]
    values = [helper.make_tensor_value_info(each, TensorProto.FLOAT, [2, None]) for each in outputs]
    initializers = [numpy_helper.from_array(value, key) for key, value in tensors.items()]
    graph = helper.make_graph(nodes, name, inputs, values, initializers)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8, producer_name="nearlabel")
    onnx.checker.check_model(model)
    CASES.mkdir(exist_ok=True)
    onnx.save(model, CASES / f"{name}.onnx")


def weights(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


def write_cases():
    node = helper.make_node
    ties = np.repeat(np.array([[127.0, 254.0, 63.5]], np.float32), 6, 0) * np.array([[1], [0.5], [-1], [1 / 254], [3 / 254], [-1 / 254]], np.float32)
    odd = np.stack([np.zeros(6), np.full(6, 1e-42), np.full(6, -3e37), np.array([1, -1, 0.5, 1e-9, 0, -0.25])], 1).astype(np.float32)
    table = weights(9, 6, seed=3) + 2
    # Weights with ties, zeros, subnormal and huge numbers; used twice, and as floats; nodes without names.
    save("numbers", [
        node("MatMul", ["x", "ties"], ["a"]), node("MatMul", ["x", "odd"], ["b"], "odd_product"),
        node("Add", ["x", "first_row"], ["moved"], "add"), node("MatMul", ["moved", "ties"], ["c"]),
        node("ReduceSum", ["ties", "zero"], ["sum"], keepdims=1), node("Add", ["a", "sum"], ["d"]),
    ], {"ties": ties, "odd": odd, "first_row": weights(1, 6, seed=1), "zero": np.array([0])}, ["a", "b", "c", "d"])  # fmt: skip
    # Gemm in all its forms; tables whose rows are an output, are multiplied, and are added.
    save("forms", [
        node("Gemm", ["x", "upright", "bias"], ["a"], "gemm"), node("Gemm", ["x", "lying", "bias"], ["b"], "flipped", transB=1),
        node("Gemm", ["x", "upright"], ["c"], "bare"), node("Gemm", ["x", "upright", "bias"], ["d"], "scaled", alpha=0.5),
        node("Gemm", ["x", "lying"], ["e"], transB=1), node("Gather", ["table", "ids"], ["rows"], "look"),
        node("Add", ["rows", "x"], ["f"], "sum"), node("MatMul", ["rows", "upright"], ["g"], "rows_product"),
        node("Gather", ["positive", "ids"], ["h"], "output"), node("Transpose", ["lying"], ["turned"]),
        node("Mul", ["turned", "one"], ["made"]), node("MatMul", ["x", "made"], ["i"], "computed"),
    ], {"upright": weights(6, 4, seed=4), "lying": weights(4, 6, seed=5), "bias": weights(4, seed=6), "table": table,
        "positive": np.abs(table), "one": np.array([1], np.float32)}, ["a", "b", "c", "d", "e", "f", "g", "h", "i"])  # fmt: skip
    # Weights that nodes make: constants, widened, renamed, transposed.
    constant = lambda name, value: node("Constant", [], [name], f"{name}_node", value=numpy_helper.from_array(value))
    save("constants", [
        constant("plain", weights(6, 4, seed=7)), constant("turned_from", weights(4, 6, seed=8)),
        node("Transpose", ["turned_from"], ["turned"], perm=[1, 0]), node("Cast", ["half"], ["widened"], to=TensorProto.FLOAT),
        node("Identity", ["widened"], ["renamed"]), constant("rows_of", weights(7, 6, seed=10)),
        node("MatMul", ["x", "plain"], ["a"], "p"), node("MatMul", ["x", "turned"], ["b"], "t"), node("MatMul", ["x", "renamed"], ["c"], "r"),
        node("Gather", ["rows_of", "ids"], ["d"], "g"),
    ], {"half": weights(6, 4, seed=9).astype(np.float16)}, ["a", "b", "c", "d"])  # fmt: skip


def main():
    logging.disable(logging.WARNING)
    onnxruntime.set_default_logger_severity(4)
    write_cases()
    root = HERE.parent.parent
    paths = sorted([*(HERE / "families").rglob("*.onnx"), *CASES.glob("*.onnx"), *(root / "models/mini").rglob("*.onnx")])
    found = {}
    for path in paths:
        if "naflex" in str(path):
            continue
        found[path.relative_to(root).as_posix()] = golden(path)
    lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in found.items())
    (HERE / "quantized.json").write_text(f"{{\n{lines}\n}}\n")


if __name__ == "__main__":
    main()
