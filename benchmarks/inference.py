"""Predictions: texts in, labels out; one sentence; large batches; ONNX and 8-bit weights.

```
python benchmarks/inference.py --peers .venv-peers
```

ALBERT-base with random weights, two classes, float32 where nothing else is said.

`texts`: `predict` on texts of SST-2's development set, every eighth or so, with all it takes to
turn them into labels; KerasHub's preprocessor pads to 128 tokens. `32x64`: 32 rows of 64 tokens, no
padding, ids given. `one sentence`: a text of 16 tokens, from the text to the label, over and over;
what counts is the median over the calls of a round.

`albert_zoo int8` is `classifier.quantize("int8")`, saved as a `.keras` file and loaded again.
`same labels` is the share of texts whose label is that of the float32 model. `score` is what 8 bits
change where labels mean something: albert_tiny_en is trained on rows of SST-2, and all of its forms
label the whole development set.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from harness import Benchmark, Claim, contestant  # noqa: E402

from benchmarks.forms import FORMS, add_forms, add_scores, scores_of_forms  # noqa: E402

ROWS, LENGTH = 32, 64


def texts_of(settings: Dict[str, Any]) -> List[str]:
    """Returns texts of SST-2's development set, spread over it."""
    lines = (Path(settings["data"]) / "SST-2" / "dev.tsv").read_text("utf-8").splitlines()[1:]
    texts = [line.split("\t")[0] for line in lines]
    return texts[:: max(1, len(texts) // settings["texts"])][: settings["texts"]]


def sentence_of(count: Any, settings: Dict[str, Any]) -> str:
    """Returns a text of 16 tokens, by a function that counts them."""
    texts = texts_of({**settings, "texts": 400})
    return next(text for text in texts if count(text) == 16)


def timed(case: Dict[str, Any], predict: Any, batch: Any, texts: List[str], sentence: str) -> Any:
    """Measures a case; the same for every contestant.

    Args:
        predict: function from a list of texts to logits.
        batch: function from ids `(32, 64)` to logits.
    """
    import numpy as np

    if case["form"] == "texts":
        start = time.perf_counter()
        labels = np.argmax(predict(texts), axis=1).tolist()
        seconds = time.perf_counter() - start
        return {"seconds": seconds, "labels": labels}
    if case["form"] == "one":
        seconds = []
        cpu = time.process_time()
        for _ in range(case["calls"]):
            start = time.perf_counter()
            int(np.argmax(predict([sentence])[0]))
            seconds.append(time.perf_counter() - start)
        cpu = (time.process_time() - cpu) / case["calls"]
        return {"seconds": sorted(seconds)[len(seconds) // 2], "cpu_seconds": cpu}
    ids = np.random.default_rng(0).integers(5, 30000, (ROWS, LENGTH)).astype("int32")
    start = time.perf_counter()
    batch(ids)
    return {"seconds": time.perf_counter() - start}


def our_model(settings: Dict[str, Any]) -> Any:
    """Returns the classifier: the same weights in every process."""
    import keras

    import albert_zoo

    keras.utils.set_random_seed(0)
    tokenizer = albert_zoo.AlbertTokenizer(settings["vocabulary"])
    preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, 128)
    # Weights large enough that labels differ from text to text.
    backbone = albert_zoo.AlbertBackbone(initializer_range=0.04)
    return albert_zoo.AlbertClassifier(backbone, 2, preprocessor=preprocessor)


def ids_of(ids: Any) -> Dict[str, Any]:
    """Returns a batch without padding."""
    return {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids * 0 + 1}


def of_classifier(classifier: Any, settings: Dict[str, Any], facts: Dict[str, Any]) -> Any:
    """Measures a Keras model of ours."""
    from albert_zoo.data import EncodedExamples
    from albert_zoo.models.fast_prediction import outputs_of_rows
    from albert_zoo.text import PackedIds

    texts = texts_of(settings)
    tokenizer = classifier.preprocessor.tokenizer
    sentence = sentence_of(lambda text: len(tokenizer.encode(text)) + 2, settings)

    def batch(ids: Any) -> Any:
        import numpy as np

        lengths = np.full(len(ids), ids.shape[1])
        packed = PackedIds(ids.reshape(-1), lengths, lengths, lengths < 0)
        return outputs_of_rows(classifier, EncodedExamples(packed))

    return lambda case: {**facts, **timed(case, classifier.predict, batch, texts, sentence)}


@contestant("albert_zoo", KERAS_BACKEND="tensorflow")
def albert_zoo(settings: Dict[str, Any]) -> Any:
    """Ours, as it is."""
    classifier = our_model(settings)
    path = Path(tempfile.mkdtemp(), "model.keras")
    classifier.save(path)
    return of_classifier(classifier, settings, {"megabytes": path.stat().st_size / 1e6})


@contestant("albert_zoo int8", KERAS_BACKEND="tensorflow")
def albert_zoo_int8(settings: Dict[str, Any]) -> Any:
    """Ours, quantized by Keras, saved and loaded."""
    import keras

    classifier = our_model(settings)
    classifier.quantize("int8")
    path = Path(tempfile.mkdtemp(), "model.keras")
    classifier.save(path)
    classifier = keras.models.load_model(path)
    return of_classifier(classifier, settings, {"megabytes": path.stat().st_size / 1e6})


def onnx(settings: Dict[str, Any], int8: bool) -> Any:
    """Ours, exported; in ONNX Runtime."""
    from albert_zoo.export import OnnxClassifier, export_onnx

    folder = Path(tempfile.mkdtemp())
    export_onnx(our_model(settings), folder / "onnx", int8=int8)
    classifier = OnnxClassifier(folder / "onnx")
    texts = texts_of(settings)
    tokenizer = classifier.preprocessor.tokenizer  # type: ignore[union-attr]
    sentence = sentence_of(lambda text: len(tokenizer.encode(text)) + 2, settings)
    size = (folder / "onnx" / "model.onnx").stat().st_size / 1e6

    def batch(ids: Any) -> Any:
        return classifier.predict(ids_of(ids))

    return lambda case: {
        "megabytes": size,
        **timed(case, classifier.predict, batch, texts, sentence),
    }


@contestant("onnx", KERAS_BACKEND="tensorflow")
def onnx_float(settings: Dict[str, Any]) -> Any:
    """The ONNX export."""
    return onnx(settings, int8=False)


@contestant("onnx int8", KERAS_BACKEND="tensorflow")
def onnx_int8(settings: Dict[str, Any]) -> Any:
    """The ONNX export with weights of 8 bits."""
    return onnx(settings, int8=True)


@contestant("keras_hub", python="peers", KERAS_BACKEND="tensorflow")
def keras_hub(settings: Dict[str, Any]) -> Any:
    """KerasHub's classifier with its preprocessor at 128 tokens."""
    import keras_hub

    tokenizer = keras_hub.models.AlbertTokenizer(proto=settings["vocabulary"])
    preprocessor = keras_hub.models.AlbertTextClassifierPreprocessor(tokenizer, sequence_length=128)
    backbone = keras_hub.models.AlbertBackbone(
        vocabulary_size=30000,
        num_layers=12,
        num_heads=12,
        embedding_dim=128,
        hidden_dim=768,
        intermediate_dim=3072,
        dropout=0.0,
    )
    classifier = keras_hub.models.AlbertTextClassifier(
        backbone=backbone, num_classes=2, preprocessor=preprocessor
    )
    without = keras_hub.models.AlbertTextClassifier(
        backbone=backbone, num_classes=2, preprocessor=None
    )
    texts = texts_of(settings)
    sentence = sentence_of(lambda text: int(tokenizer(text).shape[0]) + 2, settings)
    # For one sentence its rows need not be longer than that.
    short = keras_hub.models.AlbertTextClassifier(
        backbone=backbone,
        num_classes=2,
        preprocessor=keras_hub.models.AlbertTextClassifierPreprocessor(
            tokenizer, sequence_length=16
        ),
    )

    def run(case: Dict[str, Any]) -> Dict[str, Any]:
        model = short if case["form"] == "one" else classifier

        def predict(texts: List[str]) -> Any:
            if case.get("on_batch"):
                inputs = preprocessor_of(model)(texts)
                return without.predict_on_batch(inputs)
            return model.predict(texts, batch_size=32, verbose=0)

        def batch(ids: Any) -> Any:
            return without.predict_on_batch(ids_of(ids))

        return timed(case, predict, batch, texts, sentence)

    def preprocessor_of(model: Any) -> Any:
        return model.preprocessor

    return run


@contestant("trained", KERAS_BACKEND="tensorflow")
def trained(settings: Dict[str, Any]) -> Any:
    """A classifier trained on SST-2, in all of its forms."""
    return lambda case: scores_of_forms(settings, case["rows"])


def measure(benchmark: Benchmark) -> None:
    """Measures everything."""
    quick = benchmark.quick
    settings = {"texts": benchmark.options.texts or (32 if quick else 109)}
    rounds = benchmark.options.rounds or (3 if quick else 7)
    calls = 5 if quick else 20
    both = ["albert_zoo", "keras_hub"]

    notes = benchmark.measure("texts", both, {"form": "texts"}, rounds, settings=settings)
    count = settings["texts"]
    benchmark.claim(Claim(f"predict, {count} texts of SST-2", "texts", *both, 5.0))
    benchmark.measure("32x64", [*both, "onnx"], {"form": "batch"}, rounds, settings=settings)
    benchmark.claim(Claim("32 rows of 64 tokens", "32x64", *both, 1.25))
    benchmark.claim(Claim("32 rows of 64 tokens", "32x64", "onnx", "keras_hub"))

    one = {"form": "one", "calls": calls}
    benchmark.measure("one sentence", [*both, "onnx"], one, rounds, settings=settings)
    what = "one sentence of 16 tokens, `predict`"
    benchmark.claim(Claim(what, "one sentence", *both, 0.6, is_speedup=False))
    benchmark.claim(Claim(what, "one sentence", "onnx", "keras_hub", 0.4, is_speedup=False))
    on_batch = {**one, "on_batch": True}
    case = "one sentence, predict_on_batch"
    benchmark.measure(case, [*both, "onnx"], on_batch, rounds, settings=settings)
    what = "one sentence, KerasHub's `predict_on_batch`"
    benchmark.claim(Claim(what, case, *both, 0.6, is_speedup=False))
    benchmark.claim(Claim(what, case, "onnx", "keras_hub", 0.4, is_speedup=False))

    rounds = 1 if quick else rounds
    forms = benchmark.measure(
        "forms: texts", list(FORMS), {"form": "texts"}, rounds, settings=settings
    )
    single = benchmark.measure("forms: one", list(FORMS), one, rounds, settings=settings)
    add_forms(benchmark, forms, single, count)
    for note in [*notes, *forms]:
        note.pop("labels", None)
    rows = {"rows": 1000 if quick else 8000}
    (found,) = benchmark.measure("score", ["trained"], rows, rounds=1, warm_up=0)
    add_scores(benchmark, found, rows["rows"])


def add_options(parser: Any) -> None:
    """Adds this script's options."""
    parser.add_argument("--texts", type=int, help="how many texts of the development set")
    parser.add_argument("--rounds", type=int, help="pairs of each case")


if __name__ == "__main__":
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    Benchmark.main(__file__, __doc__, measure, add_options)
