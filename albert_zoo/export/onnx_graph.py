"""A classifier's ONNX graph, written out operation by operation."""

from __future__ import annotations

import math
from typing import Any, Dict, List, Mapping, Sequence

import numpy as np

from albert_zoo._version import __version__
from albert_zoo.errors import require_extra

OPSET = 20  # the first that has Gelu
_IR_VERSION = 9  # of the ONNX release that brought opset 20
_PADDING_BIAS = -10000.0  # as in SharedTransformerStack


def onnx_model(config: Mapping[str, Any], arrays: Mapping[str, Any]) -> Any:
    """Builds the model: ids in, logits out.

    Inputs are `token_ids`, `segment_ids` and `padding_mask`, int32 `(batch_size, sequence_length)`;
    the output is `logits`, float32 `(batch_size, num_classes)`. Both sizes may be any. The last
    block computes the first token alone, as nothing else reaches the logits.

    Args:
        config: arguments of the `AlbertBackbone`.
        arrays: weight name to array, of the backbone and of `head/kernel` and `head/bias`.

    Returns:
        `onnx.ModelProto`.

    Raises:
        ImportError: `onnx` is not installed.
    """
    return _Graph(config, arrays).model()


class _Graph:
    """Nodes and weights as they are added."""

    def __init__(self, config: Mapping[str, Any], arrays: Mapping[str, Any]):
        require_extra("onnx", "export")
        from onnx import helper, numpy_helper

        self.config, self.arrays = config, arrays
        self._helper, self._numpy_helper = helper, numpy_helper
        self._nodes: List[Any] = []
        self._weights: Dict[str, Any] = {}

    # === What is added ===
    def add(self, kind: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Adds an operation and returns the name of its output."""
        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, list(inputs), [output], **attributes))
        return output

    def constant(self, name: str, value: Any) -> str:
        """Adds a constant once, and returns its name."""
        if name not in self._weights:
            array = np.ascontiguousarray(value)
            self._weights[name] = self._numpy_helper.from_array(array, name)
        return name

    def weight(self, name: str) -> str:
        """Adds a weight of the model by its name."""
        if name not in self._weights:
            self.constant(name, np.asarray(self.arrays[name]).astype("float32"))
        return name

    def ints(self, *values: int) -> str:
        """Adds a list of int64."""
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, "int64"))

    def dense(self, x: str, name: str) -> str:
        """Multiplies by a kernel and adds a bias."""
        product = self.add("MatMul", [x, self.weight(f"{name}/kernel")])
        return self.add("Add", [product, self.weight(f"{name}/bias")])

    def layer_norm(self, x: str, name: str) -> str:
        """Normalizes the last axis."""
        epsilon = float(self.config.get("layer_norm_epsilon", 1e-12))
        parts = [x, self.weight(f"{name}/gamma"), self.weight(f"{name}/beta")]
        return self.add("LayerNormalization", parts, axis=-1, epsilon=epsilon)

    # === The model ===
    def model(self) -> Any:
        """Adds everything."""
        x = self.embeddings()
        real = self.add("Cast", ["padding_mask"], to=1)  # float32
        padded = self.add("Sub", [self.constant("one", np.float32(1)), real])
        bias = self.add("Mul", [padded, self.constant("bias", np.float32(_PADDING_BIAS))])
        bias = self.add("Unsqueeze", [bias, self.ints(1, 2)])  # (batch, 1, 1, length)
        blocks = self.blocks()
        for number, block in enumerate(blocks):
            x = self.block(x, bias, block, first_only=number == len(blocks) - 1)
        x = self.add("Squeeze", [x, self.ints(1)])  # (batch, hidden)
        pooled = self.add("Tanh", [self.dense(x, "pooler")])
        self.add("Identity", [self.dense(pooled, "head")])
        self._nodes[-1].output[0] = "logits"
        return self.finished()

    def embeddings(self) -> str:
        """Sum of three tables, normalized, and projected where the sizes differ."""
        tokens = self.add("Gather", [self.weight("embeddings/token_embeddings"), "token_ids"])
        segments = self.add("Gather", [self.weight("embeddings/segment_embeddings"), "segment_ids"])
        length = self.add("Shape", ["token_ids"], start=1, end=2)
        table = self.weight("embeddings/position_embeddings")
        positions = self.add("Slice", [table, self.ints(0), length, self.ints(0)])
        x = self.add("Add", [self.add("Add", [tokens, segments]), positions])
        x = self.layer_norm(x, "embeddings/layer_norm")
        if "embeddings/projection/kernel" in self.arrays:
            x = self.dense(x, "embeddings/projection")
        return x

    def blocks(self) -> List[str]:
        """Returns the name of the block of every call, as `SharedTransformerStack` runs them."""
        layers, groups = self.config["num_layers"], self.config.get("num_groups", 1)
        return [
            f"encoder/group_{int(layer / layers * groups)}/inner_{inner}"
            for layer in range(layers)
            for inner in range(self.config.get("num_inner_repetitions", 1))
        ]

    def block(self, x: str, bias: str, name: str, first_only: bool) -> str:
        """Attention and feed-forward network, each with a residual and a LayerNorm after it."""
        heads, width = self.config["num_heads"], self.config["hidden_dim"]
        split = self.ints(0, -1, heads, width // heads)
        asking = self.add("Slice", [x, self.ints(0), self.ints(1), self.ints(1)])
        asking = asking if first_only else x

        def by_heads(tokens: str, part: str, order: List[int]) -> str:
            rows = self.add("Reshape", [self.dense(tokens, f"{name}/{part}"), split])
            return self.add("Transpose", [rows], perm=order)

        scale = self.constant("scale", np.float32(1 / math.sqrt(width // heads)))
        query = self.add("Mul", [by_heads(asking, "query", [0, 2, 1, 3]), scale])
        key = by_heads(x, "key", [0, 2, 3, 1])
        value = by_heads(x, "value", [0, 2, 1, 3])
        scores = self.add("Add", [self.add("MatMul", [query, key]), bias])
        context = self.add("MatMul", [self.add("Softmax", [scores], axis=-1), value])
        context = self.add("Transpose", [context], perm=[0, 2, 1, 3])
        context = self.add("Reshape", [context, self.ints(0, -1, width)])
        attended = self.add("Add", [self.dense(context, f"{name}/attention_output"), asking])
        x = self.layer_norm(attended, f"{name}/attention_layer_norm")
        inner = self.dense(x, f"{name}/intermediate")
        inner = self.dense(self.add("Gelu", [inner], approximate="tanh"), f"{name}/output_dense")
        return self.layer_norm(self.add("Add", [inner, x]), f"{name}/output_layer_norm")

    def finished(self) -> Any:
        """Returns the model, checked."""
        import onnx

        row = ["batch_size", "sequence_length"]
        inputs = [
            self._helper.make_tensor_value_info(name, onnx.TensorProto.INT32, row)
            for name in ("token_ids", "segment_ids", "padding_mask")
        ]
        classes = int(np.asarray(self.arrays["head/bias"]).shape[0])
        logits = self._helper.make_tensor_value_info(
            "logits", onnx.TensorProto.FLOAT, ["batch_size", classes]
        )
        used = {name for node in self._nodes for name in node.input}
        graph = self._helper.make_graph(
            [node for node in self._nodes if {*node.output} & (used | {"logits"})],
            "albert_classifier",
            inputs,
            [logits],
            list(self._weights.values()),
        )
        model = self._helper.make_model(
            graph,
            opset_imports=[self._helper.make_opsetid("", OPSET)],
            ir_version=_IR_VERSION,
            producer_name="albert_zoo",
            producer_version=__version__,
        )
        onnx.checker.check_model(model)
        return model
