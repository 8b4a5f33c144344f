"""Details of TensorFlow checkpoints: slots, prefixes, roots, the Garden's way to restore."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Dict

import numpy as np
import pytest

from albert_zoo.checkpoints import read_checkpoint, write_checkpoint
from albert_zoo.checkpoints.bundles import OBJECT_GRAPH
from albert_zoo.checkpoints.garden_objects import garden_objects
from albert_zoo.checkpoints.name_map import TF1, TF2
from albert_zoo.checkpoints.object_graph import ObjectGraph
from albert_zoo.checkpoints.weight_shapes import has_projection
from albert_zoo.errors import ConversionError

tf = pytest.importorskip("tensorflow")


def save_names(prefix: Path, arrays: Dict[str, Any]) -> None:
    names = sorted(arrays)
    tensors = [tf.constant(arrays[name]) for name in names]
    tf.raw_ops.SaveV2(
        prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names), tensors=tensors
    )


@pytest.fixture()
def google(tmp_path: Path, whole: Any) -> Any:
    """Function that writes a checkpoint of google's with changed arrays."""
    start = whole("small")
    folder = write_checkpoint(tmp_path / "google", "tf1", start)
    theirs = TF1.from_ours(start.arrays, start.config)

    def write(change: Any) -> Path:
        for file in folder.glob("model.ckpt*"):
            file.unlink()
        save_names(folder / "model.ckpt-best", change(dict(theirs)))
        return folder

    write.start = start  # type: ignore[attr-defined]
    return write


def assert_equal(found: Dict[str, np.ndarray], wanted: Dict[str, np.ndarray]) -> None:
    assert sorted(found) == sorted(wanted)
    for name, array in found.items():
        np.testing.assert_array_equal(array, wanted[name], err_msg=name)


# === By name ===


def test_slots_the_step_and_span_heads_are_left_out(google: Any) -> None:
    def change(arrays: Dict[str, Any]) -> Dict[str, Any]:
        slots = {f"{name}/adam_{kind}": array for name, array in arrays.items() for kind in "mv"}
        span = {"cls/squad/output_weights": np.zeros((2, 64), "float32")}
        return {**arrays, **slots, **span, "global_step": np.int64(7)}

    checkpoint = read_checkpoint(google(change))
    assert_equal(checkpoint.arrays, google.start.arrays)
    (note,) = checkpoint.notes
    assert "cls/squad/output_weights" in note


def of_hub(arrays: Dict[str, Any]) -> Dict[str, Any]:
    return {f"module/{name}": array for name, array in arrays.items()}


def test_tf_hub_s_prefix(google: Any) -> None:
    folder = google(of_hub)
    assert_equal(read_checkpoint(folder).arrays, google.start.arrays)
    folder = google(lambda arrays: {**of_hub(arrays), "output_bias": np.ones(3, "float32")})
    with pytest.raises(ConversionError, match="with and without module/"):
        read_checkpoint(folder)


@pytest.mark.parametrize("place", [".", "assets"])
def test_a_module_of_tf_hub_s_first_format(google: Any, tmp_path: Path, place: str) -> None:
    source, module = google(of_hub), tmp_path / "module"
    for name in ("variables", "assets"):
        (module / name).mkdir(parents=True)
    (module / "saved_model.pb").write_bytes(b"")  # the graph, which nobody needs
    for path in source.glob("model.ckpt-best.*"):
        path.rename(module / "variables" / path.name.replace("model.ckpt-best", "variables"))
    (source / "30k-clean.model").rename(module / "assets" / "30k-clean.model")
    with pytest.raises(ConversionError, match="must hold albert_config.json"):
        read_checkpoint(module)
    (source / "albert_config.json").rename(module / place / "albert_config.json")
    checkpoint = read_checkpoint(module)
    assert (checkpoint.format, checkpoint.notes) == ("tf1", [])
    assert checkpoint.vocabulary == google.start.vocabulary
    assert_equal(checkpoint.arrays, google.start.arrays)


def test_half_precision_is_widened(google: Any) -> None:
    def change(arrays: Dict[str, Any]) -> Dict[str, Any]:
        arrays["bert/pooler/dense/bias"] = tf.cast(arrays["bert/pooler/dense/bias"], tf.bfloat16)
        arrays["output_bias"] = arrays["output_bias"].astype("float16")
        return arrays

    checkpoint = read_checkpoint(google(change))
    assert checkpoint.notes == ["Weights in bfloat16 and float16 were widened to float32."]
    wanted = google.start.arrays["head/bias"].astype("float16").astype("float32")
    np.testing.assert_array_equal(checkpoint.arrays["head/bias"], wanted)


@pytest.mark.parametrize(
    "change, words",
    [
        ({"bert/pooler/dense/bias": None}, "does not set: pooler/bias"),
        ({"bert/pooler/scale": np.zeros(2, "float32")}, "nothing reads: bert/pooler/scale"),
        ({"bert/embeddings/word_embeddings_2": np.zeros(2, "float32")}, "word_embeddings_2"),
        ({"bert/pooler/dense/bias": np.zeros(65, "float32")}, r"\(65,\), wanted \(64,\)"),
        ({"bert/pooler/dense/bias": np.full(64, np.nan, "float32")}, "NaN"),
        ({"bert/pooler/dense/bias": np.zeros(64, "float64")}, "Received: float64"),
        ({"cls/seq_relationship/output_bias": None}, "does not set: sop/bias"),
        ({"output_weights": np.zeros(64, "float32")}, "`output_weights` must have 2 axes"),
    ],
)
def test_what_does_not_fit_is_refused(google: Any, change: Dict[str, Any], words: str) -> None:
    def apply(arrays: Dict[str, Any]) -> Dict[str, Any]:
        return {k: v for k, v in {**arrays, **change}.items() if v is not None}

    with pytest.raises(ConversionError, match=words):
        dict(read_checkpoint(google(apply)).arrays)


def test_both_lists_are_in_the_message(google: Any) -> None:
    def change(arrays: Dict[str, Any]) -> Dict[str, Any]:
        arrays["bert/pooler/dense/offset"] = arrays.pop("bert/pooler/dense/bias")
        return arrays

    with pytest.raises(ConversionError) as caught:
        read_checkpoint(google(change))
    assert "does not set: pooler/bias" in str(caught.value)
    assert "nothing reads: bert/pooler/dense/offset" in str(caught.value)


def test_damaged_and_missing_files(tmp_path: Path, whole: Any) -> None:
    folder = write_checkpoint(tmp_path / "a", "tf1", whole("small"))
    config = (folder / "albert_config.json").read_text()
    for bad in ("{", "[]", json.dumps({**json.loads(config), "gap_size": 2})):
        (folder / "albert_config.json").write_text(bad)
        with pytest.raises(ConversionError, match="albert_config.json"):
            read_checkpoint(folder)
    (folder / "albert_config.json").unlink()
    with pytest.raises(ConversionError, match="must hold albert_config.json"):
        read_checkpoint(folder)
    assert read_checkpoint(folder, config=json.loads(config)).heads == ("mlm", "sop", "head")
    (data,) = folder.glob("*.data-*")
    data.write_bytes(data.read_bytes()[:1000])
    with pytest.raises(ConversionError, match="Restore"):
        dict(read_checkpoint(folder, config=json.loads(config)).arrays)
    (index,) = folder.glob("*.index")
    index.write_bytes(b"garbage" * 20)
    with pytest.raises(ConversionError, match="Restore"):
        read_checkpoint(folder, config=json.loads(config))


def test_of_several_checkpoints_the_latest_is_read(tmp_path: Path, whole: Any) -> None:
    folder = write_checkpoint(tmp_path / "a", "tf1", whole("small"))
    save_names(folder / "model.ckpt-7", {"other": np.zeros(2, "float32")})
    assert len(read_checkpoint(folder).arrays) == 34
    (folder / "checkpoint").unlink()
    with pytest.raises(ConversionError, match="model.ckpt-7, model.ckpt-best"):
        read_checkpoint(folder)
    assert len(read_checkpoint(folder / "model.ckpt-best").arrays) == 34


# === By object ===


def theirs(start: Any) -> Dict[str, Any]:
    arrays = TF2.from_ours(start.arrays, start.config)
    return garden_objects(arrays, start.heads, has_projection(start.config))


@pytest.mark.parametrize("heads", [(), ("mlm",), ("head",)])
@pytest.mark.parametrize("model", ["small", "square"])
def test_the_garden_s_restore_finds_every_object(
    tmp_path: Path, whole: Any, model: str, heads: Any
) -> None:
    start = whole(model).with_heads(*heads)
    folder = write_checkpoint(tmp_path / "a", "tf2", start)
    zeros = {name: np.zeros_like(array) for name, array in start.arrays.items()}
    roots = theirs(start.__class__("tf2", start.config, zeros))
    status = tf.train.Checkpoint(**roots).restore(str(folder / "bert_model.ckpt"))
    status.assert_existing_objects_matched()
    status.assert_consumed()
    encoder = roots.get("encoder", roots["model"])
    encoder = getattr(encoder, "layer_with_weights-0") if heads == ("head",) else encoder
    pooler = getattr(
        encoder, "layer_with_weights-6" if model == "small" else "layer_with_weights-5"
    )
    np.testing.assert_array_equal(pooler.kernel.numpy(), start.arrays["pooler/kernel"])


def edges(prefix: Path) -> Dict[str, Any]:
    """Every attribute path of a checkpoint's objects, and the key of the variable at its end."""
    graph = ObjectGraph(tf.train.load_checkpoint(str(prefix)).get_tensor(OBJECT_GRAPH))
    found: Dict[str, Any] = {}

    def walk(node: int, path: str) -> None:
        for name in graph.attributes(node):
            child = graph.at(node, name)
            if child is not None and name not in (
                "axis",
                "partial_output_shape",
                "full_output_shape",
            ):
                found[f"{path}/{name}"] = graph.key(child)
                walk(child, f"{path}/{name}")

    walk(0, "")
    return found


@pytest.mark.parametrize("kind, heads", [("encoder", ()), ("classifier", ("head",))])
def test_the_objects_are_the_garden_s(
    shared: Path, tmp_path: Path, whole: Any, kind: str, heads: Any
) -> None:
    """Weightless objects too, without which `assert_existing_objects_matched` fails there."""
    golden = shared / "golden" / "small" / "tf2" / f"garden-2.4.0-{kind}-model"
    name = "bert_model.ckpt" if kind == "encoder" else "ckpt-1"
    folder = write_checkpoint(tmp_path / "a", "tf2", whole("small").with_heads(*heads))
    assert edges(folder / "bert_model.ckpt") == edges(golden / name)


@pytest.mark.parametrize("root", ["model", "encoder", "anything", None])
def test_any_root_and_slots(tmp_path: Path, whole: Any, root: Any) -> None:
    start = whole("small").with_heads()
    folder = write_checkpoint(tmp_path / "a", "tf2", start)
    (model,) = theirs(start).values()
    optimizer = tf.Module()
    optimizer.iter = tf.Variable(7, dtype=tf.int64)
    if root is None:
        saved = tf.train.Checkpoint(root=model)
    else:
        saved = tf.train.Checkpoint(**{root: model, "optimizer": optimizer})
    for file in folder.glob("bert_model.ckpt.*"):
        file.unlink()
    saved.write(str(folder / "bert_model.ckpt"))
    assert_equal(read_checkpoint(folder).arrays, start.arrays)


def test_an_optimizer_s_slots(tmp_path: Path, whole: Any) -> None:
    start = whole("small").with_heads("head")
    folder = write_checkpoint(tmp_path / "a", "tf2", start)
    slots = {
        "model/layer_with_weights-1/layer_with_weights-0/bias/.OPTIMIZER_SLOT/optimizer/m"
        "/.ATTRIBUTES/VARIABLE_VALUE": np.zeros(3, "float32")
    }
    prefix = str(folder / "bert_model.ckpt")
    reader = tf.train.load_checkpoint(prefix)
    whole_file = {name: reader.get_tensor(name) for name in reader.get_variable_to_shape_map()}
    del reader
    save_names(Path(prefix), {**whole_file, **slots})
    assert_equal(read_checkpoint(folder).arrays, start.arrays)
    save_names(Path(prefix), {**whole_file, "model/extra/.ATTRIBUTES/VARIABLE_VALUE": np.ones(2)})
    with pytest.raises(ConversionError):
        read_checkpoint(folder)


def test_heads_of_attention_are_checked(tmp_path: Path, whole: Any) -> None:
    """Shapes alone would not show a wrong number of heads once they are merged."""
    folder = write_checkpoint(tmp_path / "a", "tf2", whole("small").with_heads())
    config = json.loads((folder / "albert_config.json").read_text())
    (folder / "albert_config.json").write_text(json.dumps({**config, "num_attention_heads": 8}))
    with pytest.raises(ConversionError, match="num_heads=8"):
        read_checkpoint(folder)


def test_another_model_s_objects(tmp_path: Path, whole: Any) -> None:
    folder = write_checkpoint(tmp_path / "a", "tf2", whole("small").with_heads())
    for file in folder.glob("bert_model.ckpt.*"):
        file.unlink()
    module = tf.Module()
    module.bias = tf.Variable([1.0])
    tf.train.Checkpoint(model=module).write(str(folder / "bert_model.ckpt"))
    with pytest.raises(ConversionError, match="one ALBERT encoder"):
        read_checkpoint(folder)
