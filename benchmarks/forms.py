"""Forms of one model of ours, for `inference.py`: float32 and 8 bits, in Keras and as ONNX."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any, Dict, List

from harness import Benchmark, Spread

FORMS = ("albert_zoo", "albert_zoo int8", "onnx", "onnx int8")


def scores_of_forms(settings: Dict[str, Any], rows: int) -> Dict[str, Any]:
    """Trains albert_tiny_en on rows of SST-2, and labels the development set with all its forms.

    Returns:
        dict of `seconds`, and of `accuracy` and `same`, which hold of each form the share of labels
        that are right, and that are the float32 model's.
    """
    import keras
    import numpy as np

    import albert_zoo
    from albert_zoo.export import OnnxClassifier, export_onnx
    from albert_zoo.glue import read_split

    start = time.perf_counter()
    train, dev = (read_split("sst2", settings["data"], split) for split in ("train", "dev"))
    step = max(1, len(train) // rows)
    task = albert_zoo.Task("sst2", "albert_tiny_en")
    task.compile(learning_rate=3e-4)
    train = train.take(range(0, len(train), step)[:rows])
    task.fit(train, epochs=2, batch_size=32, verbose=0)
    classifier = task.classifier
    texts = list(dev.texts)
    folder = Path(tempfile.mkdtemp())
    forms = {"albert_zoo": classifier.predict(texts)}
    for name, int8 in (("onnx", False), ("onnx int8", True)):
        export_onnx(classifier, folder / name, int8=int8)
        forms[name] = OnnxClassifier(folder / name).predict(texts)
    classifier.quantize("int8")
    classifier.save(folder / "model.keras")
    forms["albert_zoo int8"] = keras.models.load_model(folder / "model.keras").predict(texts)
    labels = {name: np.argmax(logits, axis=1) for name, logits in forms.items()}

    def share_equal_to(others: Any) -> Dict[str, float]:
        return {name: float((found == others).mean()) for name, found in labels.items()}

    return {
        "seconds": time.perf_counter() - start,
        "accuracy": share_equal_to(np.array(dev.labels)),
        "same": share_equal_to(labels["albert_zoo"]),
    }


def add_scores(benchmark: Benchmark, found: Dict[str, Any], rows: int) -> None:
    """Adds the table of what `scores_of_forms` returned."""
    benchmark.add_table(
        f"albert_tiny_en, trained on {rows:,} rows of SST-2: its development set",
        ["form", "accuracy", "same labels"],
        [[name, found["accuracy"][name], found["same"][name]] for name in FORMS],
    )


def add_forms(benchmark: Benchmark, texts: List[Any], single: List[Any], count: int) -> None:
    """Adds the table of sizes, speeds and scores."""
    rows = []
    labels = {note["contestant"]: note["labels"] for note in texts}
    for name in FORMS:
        if name not in labels:
            continue
        same = [a == b for a, b in zip(labels[name], labels["albert_zoo"])]
        at_once = [n["seconds"] for n in texts if n["contestant"] == name and n["round"] >= 0]
        one = [n["seconds"] for n in single if n["contestant"] == name and n["round"] >= 0]
        size = next(n["megabytes"] for n in texts if n["contestant"] == name)
        share = sum(same) / len(same)
        rows.append(
            [
                name,
                round(size, 1),
                count / Spread.of(at_once).median,
                Spread.of(one).median * 1e3,
                share,
            ]
        )
    columns = ["form", "MB", "texts a second", "ms, one sentence", "same labels"]
    benchmark.add_table("forms of one model: size, speed, score", columns, rows)
