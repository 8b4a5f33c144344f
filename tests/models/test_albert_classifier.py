from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import AdamW, AlbertClassifier, AlbertPreprocessor, AlbertTokenizer
from albert_zoo.errors import (
    ConversionError,
    NeedsKeras3Error,
    OutputExistsError,
    PresetNotFoundError,
)
from albert_zoo.keras_api import keras
from tests.keras_generations import keras_2_only, keras_3_only
from tests.model_checks import largest_difference, tiny_backbone, tiny_inputs

pytestmark = pytest.mark.backends

TEXTS = ["the cat sat on the mat.", "a dog ran", "in 2019, the old house was sold", "no"]
LABELS = [0, 1, 1, 0]


@pytest.fixture
def preprocessor(tiny_vocabulary: bytes) -> AlbertPreprocessor:
    return AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=32)


@pytest.fixture
def classifier(preprocessor: AlbertPreprocessor) -> AlbertClassifier:
    return AlbertClassifier(tiny_backbone(), num_classes=2, preprocessor=preprocessor)


def compiled(classifier: AlbertClassifier, **arguments: Any) -> AlbertClassifier:
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(optimizer=AdamW(1e-3), loss=loss, metrics=["accuracy"], **arguments)
    return classifier


def test_fit_on_arrays(classifier: AlbertClassifier) -> None:
    inputs, labels = tiny_inputs(rows=8), np.arange(8) % 2
    history = compiled(classifier).fit(inputs, labels, batch_size=4, epochs=2, verbose=0)
    assert np.isfinite(history.history["loss"]).all()
    assert classifier.predict(inputs, verbose=0).shape == (8, 2)


def test_fit_on_a_dataset(classifier: AlbertClassifier) -> None:
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices((tiny_inputs(rows=8), np.arange(8) % 2)).batch(4)
    history = compiled(classifier).fit(dataset, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


@pytest.mark.parametrize(
    "texts",
    [TEXTS, (TEXTS, TEXTS[::-1]), list(zip(TEXTS, TEXTS[::-1])), np.array(TEXTS)],
    ids=["texts", "two lists", "pairs", "array"],
)
def test_fit_on_raw_text(classifier: AlbertClassifier, texts: Any) -> None:
    compiled(classifier).fit(
        texts, LABELS, validation_data=(texts, LABELS), batch_size=2, verbose=0
    )
    loss, _ = classifier.evaluate(texts, LABELS, verbose=0)
    assert np.isfinite(loss)
    logits = classifier.predict(texts, verbose=0)
    encoded = classifier.preprocessor.encode_batch(texts)
    assert np.allclose(logits, classifier.predict(encoded, verbose=0), atol=1e-6)


@pytest.mark.text
@pytest.mark.parametrize("pairs", [False, True])
def test_fit_on_a_dataset_of_raw_text(classifier: AlbertClassifier, pairs: bool) -> None:
    pytest.importorskip("tensorflow_text")
    import tensorflow as tf

    texts: Any = (TEXTS, TEXTS[::-1]) if pairs else TEXTS
    dataset = tf.data.Dataset.from_tensor_slices((texts, LABELS)).batch(2)
    compiled(classifier).fit(dataset, validation_data=dataset, verbose=0)
    logits = classifier.predict(dataset, verbose=0)
    assert np.allclose(logits, classifier.predict(texts, verbose=0), atol=1e-5)


def test_raw_text_without_a_preprocessor_is_refused() -> None:
    classifier = compiled(AlbertClassifier(tiny_backbone(), num_classes=2))
    with pytest.raises(ValueError, match="Raw text needs a preprocessor"):
        classifier.fit(TEXTS, LABELS)


@keras_3_only(".keras files")
def test_keras_file_keeps_the_vocabulary(classifier: AlbertClassifier, tmp_path: Path) -> None:
    classifier.save(tmp_path / "classifier.keras")
    again = keras.saving.load_model(tmp_path / "classifier.keras")
    assert (
        largest_difference(again.predict(TEXTS, verbose=0), classifier.predict(TEXTS, verbose=0))
        == 0
    )


@keras_2_only
def test_saved_model_round_trip(classifier: AlbertClassifier, tmp_path: Path) -> None:
    inputs = tiny_inputs()
    compiled(classifier).fit(inputs, np.array([0, 1, 0]), verbose=0)
    classifier.save(tmp_path / "classifier")
    again = keras.saving.load_model(tmp_path / "classifier")
    expected = classifier.predict(inputs, verbose=0)
    assert largest_difference(again.predict(inputs, verbose=0), expected) == 0
    assert type(again.optimizer).__name__ == "AdamW"


@keras_2_only
@pytest.mark.parametrize("what", ["export", "quantize"])
def test_what_needs_keras_3_says_so(classifier: AlbertClassifier, what: str) -> None:
    with pytest.raises(NeedsKeras3Error, match=f"^`{what}` needs Keras 3"):
        getattr(classifier, what)("int8")
    with pytest.raises(NeedsKeras3Error, match="^`jit_compile=True` needs Keras 3"):
        compiled(classifier, jit_compile=True)


def test_preset_keeps_head_and_preprocessor(classifier: AlbertClassifier, tmp_path: Path) -> None:
    classifier.save_to_preset(tmp_path / "preset")
    again = AlbertClassifier.from_preset(tmp_path / "preset")
    assert np.array_equal(again.predict(TEXTS, verbose=0), classifier.predict(TEXTS, verbose=0))
    assert AlbertClassifier.from_preset(tmp_path / "preset", preprocessor=None).preprocessor is None
    wider = AlbertClassifier.from_preset(tmp_path / "preset", num_classes=5, sequence_length=16)
    assert wider.predict(TEXTS, verbose=0).shape == (4, 5)


def test_a_preset_without_a_head_needs_num_classes(tmp_path: Path) -> None:
    tiny_backbone().save_to_preset(tmp_path / "preset")
    with pytest.raises(ValueError, match="`num_classes` must be given"):
        AlbertClassifier.from_preset(tmp_path / "preset")
    assert AlbertClassifier.from_preset(tmp_path / "preset", num_classes=1).num_classes == 1


def test_unknown_preset_gets_close_matches() -> None:
    with pytest.raises(PresetNotFoundError, match="Did you mean 'albert_base_v2'"):
        AlbertClassifier.from_preset("albert_bse_v2", num_classes=2)


def test_a_full_folder_is_not_written_over(classifier: AlbertClassifier, tmp_path: Path) -> None:
    classifier.save_to_preset(tmp_path / "preset")
    with pytest.raises(OutputExistsError):
        classifier.save_to_preset(tmp_path / "preset")
    classifier.save_to_preset(tmp_path / "preset", overwrite=True)
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(OutputExistsError, match="replaces folders of models only"):
        classifier.save_to_preset(tmp_path / "mine", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "preset"]


def test_weights_that_do_not_fit_are_refused_and_none_is_set() -> None:
    classifier = AlbertClassifier(tiny_backbone(), num_classes=2)
    before = classifier.get_named_arrays()
    wrong = {name: array + 1 for name, array in before.items()}
    del wrong["pooler/bias"]
    wrong["head/kernel"] = np.zeros((3, 3))
    wrong["surplus"] = np.zeros(2)
    wrong["head/bias"] = np.array([0.0, np.nan])
    with pytest.raises(ConversionError) as error:
        classifier.set_named_arrays(wrong, source="test")
    for part in (
        "pooler/bias",
        "surplus",
        "`head/kernel` has shape (3, 3)",
        "`head/bias` holds NaN",
    ):
        assert part in str(error.value)
    after = classifier.get_named_arrays()
    assert all(np.array_equal(before[name], after[name]) for name in before)


def test_mixed_float16_scales_the_loss(preprocessor: AlbertPreprocessor) -> None:
    backbone = tiny_backbone(dtype="mixed_float16")
    classifier = compiled(AlbertClassifier(backbone, num_classes=2, preprocessor=preprocessor))
    assert type(classifier.optimizer).__name__ == "LossScaleOptimizer"
    classifier.fit(TEXTS, LABELS, verbose=0)
    assert classifier.predict(TEXTS, verbose=0).dtype == "float32"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_bfloat16_trains(preprocessor: AlbertPreprocessor, policy: str) -> None:
    backbone = tiny_backbone(dtype=policy)
    classifier = compiled(AlbertClassifier(backbone, num_classes=2, preprocessor=preprocessor))
    history = classifier.fit(TEXTS, LABELS, verbose=0)
    assert np.isfinite(history.history["loss"]).all()


def test_preprocessor_and_backbone_must_fit(tiny_vocabulary: bytes) -> None:
    long = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=65)
    with pytest.raises(ValueError, match="`max_sequence_length`. Received: 65 and 64"):
        AlbertClassifier(tiny_backbone(), num_classes=2, preprocessor=long)
    good = AlbertPreprocessor(AlbertTokenizer(tiny_vocabulary), sequence_length=32)
    with pytest.raises(ValueError, match="100 pieces and 50"):
        AlbertClassifier(tiny_backbone(vocabulary_size=50), num_classes=2, preprocessor=good)
