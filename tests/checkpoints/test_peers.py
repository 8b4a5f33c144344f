"""What is written loads in the libraries themselves, where they are installed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo.checkpoints import read_checkpoint, write_checkpoint

IDS = np.array([[2, 7, 9, 8, 3, 4, 6, 3], [2, 30, 31, 3, 0, 0, 0, 0]], "int32")
SEGMENTS = np.array([[0] * 5 + [1] * 3, [0] * 8], "int32")
MASK = np.array([[1] * 8, [1] * 4 + [0] * 4], "int32")


@pytest.mark.parametrize("model", ["small", "groups", "square"])
def test_transformers_loads_what_is_written(tmp_path: Path, whole: Any, model: str) -> None:
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    classes = {
        (): transformers.AlbertModel,
        ("mlm", "sop"): transformers.AlbertForPreTraining,
        ("head",): transformers.AlbertForSequenceClassification,
    }
    for heads, kind in classes.items():
        start = whole(model).with_heads(*heads)
        folder = write_checkpoint(tmp_path / ("_".join(heads) or "none"), "transformers", start)
        loaded, report = kind.from_pretrained(folder, output_loading_info=True)
        assert not any(report.values()), report
        inputs = {"input_ids": IDS, "token_type_ids": SEGMENTS, "attention_mask": MASK}
        outputs = loaded.eval()(**{k: torch.tensor(v).long() for k, v in inputs.items()})
        if heads == ("head",):
            assert tuple(outputs.logits.shape) == (2, 3)
        loaded.save_pretrained(tmp_path / "again")
        back = read_checkpoint(tmp_path / "again")
        assert (back.heads, back.notes) == (heads, [])
        for name, array in start.arrays.items():
            np.testing.assert_array_equal(back.arrays[name], array, err_msg=name)


# KerasHub leaves the vocabulary's file to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("model", ["small", "groups", "square"])
def test_keras_hub_loads_what_is_written(
    tmp_path: Path, whole: Any, tiny_vocabulary: bytes, model: str
) -> None:
    keras_hub = pytest.importorskip("keras_hub")
    for heads in ((), ("mlm",), ("head",)):
        start = whole(model).with_heads(*heads)
        start = replace(start, vocabulary=tiny_vocabulary if model == "small" else None)
        folder = write_checkpoint(tmp_path / ("_".join(heads) or "none"), "keras-hub", start)
        if heads == ("head",):
            loaded = keras_hub.models.TextClassifier.from_preset(str(folder))
            tokens = loaded.backbone
            assert loaded.num_classes == 3
        elif heads == ("mlm",):
            loaded = keras_hub.models.MaskedLM.from_preset(str(folder))
            tokens = loaded.backbone
        else:
            loaded = tokens = keras_hub.models.Backbone.from_preset(str(folder))
        outputs = tokens({"token_ids": IDS, "segment_ids": SEGMENTS, "padding_mask": MASK})
        assert tuple(outputs["pooled_output"].shape) == (2, start.config["hidden_dim"])
        if model == "small" and heads == ("head",):
            assert loaded.preprocessor(["the cat sat"])["token_ids"].shape == (1, 64)
        again = tmp_path / ("again_" + "_".join(heads))
        loaded.save_to_preset(str(again))
        back = read_checkpoint(again)
        assert back.heads == heads
        if heads:  # KerasHub saves a bare backbone without its tokenizer
            assert back.vocabulary == start.vocabulary
        elif start.vocabulary:
            tokenizer = keras_hub.models.Tokenizer.from_preset(str(folder))
            assert tokenizer.vocabulary_size() == 100
        for name, array in start.arrays.items():
            np.testing.assert_array_equal(back.arrays[name], array, err_msg=name)
