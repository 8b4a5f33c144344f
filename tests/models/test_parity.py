"""The backbone against the original's outputs: maximum absolute difference 1e-5 in float32."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from albert_zoo.models.pretrained import to_numpy
from tests.model_checks import golden_inputs, golden_model, largest_difference

pytestmark = pytest.mark.backends
TOLERANCE = 1e-5


@pytest.mark.parametrize("batch", ["a", "b"])
@pytest.mark.parametrize("name", ["small", "groups"])
def test_every_output_equals_the_original(golden: Path, name: str, batch: str) -> None:
    backbone, arrays = golden_model(golden, name)
    inputs = golden_inputs(arrays, batch)
    outputs = backbone(inputs)
    for key in ("sequence_output", "pooled_output"):
        assert largest_difference(outputs[key], arrays[f"{batch}/{key}"]) < TOLERANCE, key

    embedding = backbone.embeddings.embed(inputs["token_ids"], inputs["segment_ids"])
    assert largest_difference(embedding, arrays[f"{batch}/embedding_output"]) < TOLERANCE

    layers = backbone.layer_outputs(inputs)
    wanted = arrays[f"{batch}/all_encoder_layers"]
    assert len(layers) == len(wanted)
    for number, (ours, theirs) in enumerate(zip(layers, wanted)):
        assert largest_difference(ours, theirs) < TOLERANCE, f"layer {number}"


@pytest.mark.parametrize("name", ["small", "groups"])
def test_a_row_of_padding_alone_stays_finite(golden: Path, name: str) -> None:
    backbone, arrays = golden_model(golden, name)
    outputs = backbone(golden_inputs(arrays, "c"))
    assert all(np.isfinite(to_numpy(value)).all() for value in outputs.values())


def test_exact_gelu_would_be_noticed(golden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from albert_zoo.keras_api import ops

    monkeypatch.setattr(
        "albert_zoo.layers.token_functions._gelu", lambda x: ops.gelu(x, approximate=False)
    )
    backbone, arrays = golden_model(golden, "small")
    output = backbone(golden_inputs(arrays, "a"))["sequence_output"]
    assert largest_difference(output, arrays["a/sequence_output"]) > 10 * TOLERANCE
