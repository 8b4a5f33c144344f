"""Object-based TensorFlow checkpoints, as every era of the TensorFlow Model Garden writes them."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple

import numpy as np

from albert_zoo.checkpoints import bundles
from albert_zoo.checkpoints.beside import find_beside
from albert_zoo.checkpoints.checkpoint import Checkpoint
from albert_zoo.checkpoints.config import from_google, to_google
from albert_zoo.checkpoints.files import write_json
from albert_zoo.checkpoints.finish import finish
from albert_zoo.checkpoints.garden_objects import garden_objects
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.name_map import TF2
from albert_zoo.checkpoints.object_graph import ObjectGraph, parse
from albert_zoo.checkpoints.weight_shapes import has_projection
from albert_zoo.errors import ConversionError

PREFIX = "bert_model.ckpt"

_ENCODER_SIGNS = ("0/embeddings", "1/embeddings", "2/embeddings", "3/gamma")
_CLASSIFIERS = ("layer_with_weights-1/layer_with_weights-0", "layer_with_weights-1/out_proj")


def read_tf2(path: Any, config: Optional[Mapping[str, Any]] = None) -> Checkpoint:
    """Reads an object-based checkpoint, and the configuration and vocabulary beside it.

    Variables are found by the names of attributes in the checkpoint's object graph: whatever the
    root is called, in encoders, pretrainers (with the masked-word head), fine-tuned classifiers
    (with their head), files of `Model.save_weights`, and SavedModels. Optimizer slots and counters
    are left out.

    Args:
        path: folder, SavedModel, or prefix of the checkpoint.
        config: dict of the keys of `albert_config.json`, if that file is not there.

    Returns:
        `Checkpoint`.

    Raises:
        ConversionError: a file is missing or damaged, there is no ALBERT encoder in the graph, or
            weights and configuration do not fit.
    """
    prefix = bundles.find_prefix(Path(path))
    beside = find_beside(prefix, config)
    ours = from_google(beside.config, beside.origin)
    _check_single_block(ours)
    reader = bundles.open_bundle(prefix)
    if not reader.has_tensor(bundles.OBJECT_GRAPH):
        raise ConversionError(
            f"{prefix}: must be an object-based checkpoint. It is name-based. "
            "Read it with the format tf1."
        )
    graph = parse(bundles.read_tensor(prefix, reader, bundles.OBJECT_GRAPH))
    if graph is None:
        raise ConversionError(f"{prefix}: its object graph is damaged. Restore the files.")
    keys = _locate(graph, ours, str(prefix))
    read = {bundles.OBJECT_GRAPH, *keys.values()}
    for key in reader.get_variable_to_shape_map():
        is_slot = key in graph.slot_keys or "/.OPTIMIZER_SLOT/" in key
        if key not in read and not is_slot:
            keys[key] = key  # to be dropped by the table, or reported as unread
    keys = {name: key for name, key in keys.items() if not TF2.drops(name)}
    arrays = bundles.lazy_tensors(prefix, reader, keys)
    return finish(
        "tf2",
        ours,
        TF2.to_ours(arrays, ours),
        str(prefix),
        vocabulary=beside.vocabulary,
        notes=beside.notes,
    )


def _check_single_block(config: Mapping[str, Any]) -> None:
    if config["num_groups"] * config["num_inner_repetitions"] != 1:
        raise ConversionError(
            "`num_groups` and `num_inner_repetitions` must be 1 for the format tf2: the Model "
            f"Garden's encoder has one block. Received: {config['num_groups']} and "
            f"{config['num_inner_repetitions']}. Choose another format."
        )


def _locate(graph: ObjectGraph, config: Mapping[str, Any], source: str) -> Dict[str, str]:
    """Maps names of the table, `encoder/...`, `masked_lm/...`, `classifier/...`, to keys."""
    encoders: List[int] = []
    for node, _ in graph.walk():
        signs = [graph.key(graph.at(node, f"layer_with_weights-{end}")) for end in _ENCODER_SIGNS]
        if all(signs):
            encoders.append(node)
    if len(encoders) != 1:
        raise ConversionError(
            f"{source}: its object graph must hold one ALBERT encoder of the Model Garden. "
            f"Found: {len(encoders)}. Check that it is an ALBERT checkpoint."
        )
    encoder = encoders[0]
    named: List[Tuple[str, str]] = []
    for name in graph.attributes(encoder):
        # All else are aliases of these: `layer-3`, `_embedding_layer`, `keras_api`.
        child = graph.at(encoder, name) if name.startswith("layer_with_weights-") else None
        if child is not None:
            found = graph.variables(child)
            named += [(f"encoder/{name}/{path}", key) for path, key in found.items()]
    for node, children in graph.walk():
        if "embedding_table" in children and "layer_norm" in children:
            named += [(f"masked_lm/{p}", k) for p, k in graph.variables(node, 2).items()]
        if encoder in children.values():
            for path in _CLASSIFIERS:
                head = graph.at(node, path)
                if head is not None and graph.key(graph.at(head, "kernel")) is not None:
                    named += [(f"classifier/{p}", k) for p, k in graph.variables(head, 1).items()]
    # One name a variable: that of the table, not an alias such as `_kernel` or `variables/0`.
    chosen: Dict[str, str] = {}
    for name, key in named:
        if key not in chosen or (TF2.knows(name, config) and not TF2.knows(chosen[key], config)):
            chosen[key] = name
    return {name: key for key, name in chosen.items()}


def write_tf2(folder: Path, checkpoint: Checkpoint) -> None:
    """Writes `bert_model.ckpt`, `albert_config.json` and the vocabulary into a folder.

    The layout is that of the Model Garden 2.4.0, under the root `model`; with the masked-word head
    that of its pretrainers, under the roots `encoder`, `masked_lm` and `model`.

    Args:
        folder: path of an existing folder.
        checkpoint: `Checkpoint` of one block, with the head `mlm` or `head` or none.

    Raises:
        ConversionError: the format has no place for a head, for several blocks, or for a value of
            the configuration.
    """
    config, heads = checkpoint.config, checkpoint.heads
    _check_single_block(config)
    if heads not in ((), ("mlm",), ("head",)):
        raise ConversionError(
            "`heads` must be mlm, or head, or none for the format tf2. Received: "
            f"{' and '.join(heads)}. Choose with `with_heads`."
        )
    arrays = TF2.from_ours(checkpoint.arrays, config)
    bundles.write_tensors(folder / PREFIX, _with_keys(arrays, heads, has_projection(config)))
    state = f'model_checkpoint_path: "{PREFIX}"\nall_model_checkpoint_paths: "{PREFIX}"\n'
    (folder / "checkpoint").write_text(state, encoding="utf-8")
    write_json(folder / bundles.CONFIG, to_google(config))
    bundles.write_vocabulary(folder, checkpoint.vocabulary)


def _with_keys(arrays: LazyArrays, heads: Sequence[str], projects: bool) -> LazyArrays:
    """Gives arrays the keys by which TensorFlow saves them, and adds the objects' graph.

    TensorFlow makes both of a checkpoint of the same objects that hold numbers in place of the
    arrays. So the arrays themselves need not be in memory all at once.
    """
    import tensorflow as tf

    names = list(arrays)
    numbers = {name: np.int32(number) for number, name in enumerate(names)}
    with tf.device("CPU:0"), tempfile.TemporaryDirectory() as folder:
        saved = tf.train.Checkpoint(**garden_objects(numbers, heads, projects)).save(f"{folder}/x")
        reader = tf.train.load_checkpoint(saved)
        keys = [key for key in reader.get_variable_to_shape_map() if key != bundles.OBJECT_GRAPH]
        found = {key: reader.get_tensor(key) for key in keys}
        graph = np.array(reader.get_tensor(bundles.OBJECT_GRAPH), dtype="object")
        del reader  # Windows cannot delete the files while they are open
    # All but the counter of saves, an int64, are our numbers.
    entries = {
        key: arrays.entries[names[number]] if number.dtype == np.int32 else number
        for key, number in found.items()
    }
    return LazyArrays.of(entries, {bundles.OBJECT_GRAPH: graph})
