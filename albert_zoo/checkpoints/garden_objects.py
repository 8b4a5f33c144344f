"""Objects with the Model Garden's attribute names, for TensorFlow to save."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Sequence

# The encoder's Keras layers in their order (Garden 2.4.0); W stands for one with weights. The
# weightless ones are saved as well: `assert_existing_objects_matched` looks for them.
_LAYERS = "words W types W W add W dropout W mask attend W first W".split(" ")  # noqa: SIM905
_PROJECTION = 8  # where embeddings are as wide as hidden vectors, this one is not there

_WEIGHTLESS = {
    "_attention_layer": ("_softmax", "_dropout_layer"),
    "": (
        "_attention_dropout",
        "_intermediate_activation_layer",
        "_inner_dropout_layer",
        "_output_dropout",
    ),
}
"""Attributes of the transformer block that hold no weights."""


def garden_objects(
    arrays: Mapping[str, Any], heads: Sequence[str], has_projection: bool
) -> Dict[str, Any]:
    """Builds the objects of a Garden 2.4.0 encoder or classifier, or of a 2.20.0 pretrainer.

    Args:
        arrays: mapping of the table's name, such as `encoder/layer_with_weights-3/gamma`, to array
            or number.
        heads: `()`, `("head",)` or `("mlm",)`.
        has_projection: bool. Whether the encoder has a layer that projects the embeddings.

    Returns:
        dict of root name to object, the arguments of `tf.train.Checkpoint`.
    """
    import tensorflow as tf

    top = tf.Module()
    for name, array in arrays.items():
        *path, last = name.split("/")
        owner = top
        for attribute in path:
            if not hasattr(owner, attribute):
                setattr(owner, attribute, tf.Module())
            owner = getattr(owner, attribute)
        setattr(owner, last, tf.Variable(array, name=name))
    encoder = top.encoder
    inputs = {name: tf.Module() for name in ("words", "mask", "types")}
    _add_layers(encoder, inputs, has_projection)
    if tuple(heads) == ("mlm",):
        return _pretrainer(encoder, top.masked_lm)
    if tuple(heads) == ("head",):
        head = tf.Module()
        # The key of what has two names is the one that is set first.
        _set(head, {"layer_with_weights-0": top.classifier})
        _set(head, {"layer-0": tf.Module(), "layer-1": top.classifier})
        model, dropout = tf.Module(), tf.Module()
        _set(model, {"layer_with_weights-0": encoder, "layer_with_weights-1": head})
        layers = [*inputs.values(), encoder, dropout, head]
        _set(model, {f"layer-{index}": layer for index, layer in enumerate(layers)})
        return {"model": model}
    return {"model": encoder}


def _set(owner: Any, attributes: Mapping[str, Any]) -> None:
    for name, value in attributes.items():
        setattr(owner, name, value)


def _add_layers(encoder: Any, inputs: Mapping[str, Any], has_projection: bool) -> None:
    import tensorflow as tf

    kinds = [k for i, k in enumerate(_LAYERS) if has_projection or i != _PROJECTION]
    number = 0
    for index, kind in enumerate(kinds):
        if kind == "W":
            layer = getattr(encoder, f"layer_with_weights-{number}")
            number += 1
        else:
            layer = inputs[kind] if kind in inputs else tf.Module()
        setattr(encoder, f"layer-{index}", layer)
    positions = getattr(encoder, "layer_with_weights-1")
    positions._position_embeddings = positions.embeddings
    block = getattr(encoder, f"layer_with_weights-{number - 2}")
    for attribute, names in _WEIGHTLESS.items():
        owner = getattr(block, attribute) if attribute else block
        _set(owner, {name: tf.Module() for name in names})


def _pretrainer(encoder: Any, head: Any) -> Dict[str, Any]:
    import tensorflow as tf

    masked_lm, model = tf.Module(), tf.Module()
    masked_lm.embedding_table = getattr(encoder, "layer_with_weights-0").embeddings
    masked_lm.dense, masked_lm.layer_norm = head.dense, head.layer_norm
    setattr(masked_lm, "output_bias/bias", head.bias)
    masked_lm.bias = head.bias
    model.encoder_network, model.masked_lm = encoder, masked_lm
    return {"encoder": encoder, "masked_lm": masked_lm, "model": model}
