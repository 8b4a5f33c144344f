"""ALBERT-base with random weights in three libraries, each ready to be trained; for benchmarks.

Contestants of `training.py`, `first_step.py` and `memory.py` build their models here, so that all
measure the same: two classes (three for MNLI), batches of 16 rows, AdamW at 2e-5 with weight decay
0.01, the gradient's norm clipped to 1, no dropout in the encoder and 0.1 before the last layer.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional, Tuple

BATCH = 16
LENGTH = 128
LAYERS = {"num_layers": 12, "num_heads": 12, "hidden_dim": 768, "intermediate_dim": 3072}
TASKS: Dict[str, Tuple[str, Tuple[int, ...], int, bool]] = {
    # file, columns of text, column of the label, whether the first line is a header
    "mrpc": ("MRPC/train.tsv", (3, 4), 0, True),
    "mnli": ("MNLI/train.sample9k.tsv", (8, 9), -1, True),
    "sst2": ("SST-2/train.tsv", (0,), 1, True),
    "cola": ("CoLA/train.tsv", (3,), 1, False),
}
CLASSES = {"entailment": 0, "neutral": 1, "contradiction": 2}


def rows_of(settings: Dict[str, Any], task: str, count: int) -> Tuple[List[List[str]], List[int]]:
    """Returns columns of text and labels of `count` rows, spread over the training set.

    Args:
        settings: dict with `data`, the folder of GLUE's tasks.
        task: str, of `TASKS`.
        count: int.
    """
    file, columns, label, header = TASKS[task]
    with open(Path(settings["data"]) / file, encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))[header:]
    rows = rows[:: max(1, len(rows) // count)][:count]
    labels = [row[label] for row in rows]
    ids = [CLASSES[name] if name in CLASSES else int(name) for name in labels]
    return [[row[column] for row in rows] for column in columns], ids


def random_batch(length: int) -> Tuple[Any, Any]:
    """Returns ids `(16, length)` without padding, and labels."""
    import numpy as np

    random = np.random.default_rng(0)
    ids = random.integers(5, 30000, (BATCH, length)).astype("int32")
    return ids, random.integers(0, 2, BATCH).astype("int32")


class AlbertZoo:
    """Ours, on TensorFlow.

    Args:
        settings: dict with `vocabulary`; `unpad`, `remat`, `parts` and `layers` if they are not the
            defaults.
        classes: int.
    """

    def __init__(self, settings: Dict[str, Any], classes: int = 2):
        import albert_zoo

        tokenizer = albert_zoo.AlbertTokenizer(settings["vocabulary"])
        preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, LENGTH)
        layers = {**LAYERS, **settings.get("layers", {})}
        backbone = albert_zoo.AlbertBackbone(**layers, remat=settings.get("remat", False))
        backbone.unpad = settings.get("unpad", True)
        self.parts = settings.get("parts", 1)
        self.pool_batches = settings.get("pool_batches", 1)
        self.model = albert_zoo.AlbertClassifier(backbone, classes, preprocessor=preprocessor)
        labels = [str(number) for number in range(classes)]
        self.task = albert_zoo.Task.from_columns(
            text=0, text_pair=1, label=2, labels=labels, classifier=self.model
        )
        self.task.compile(learning_rate=2e-5, gradient_accumulation_steps=self.parts)

    def fit(self, columns: List[List[str]], labels: List[int], seed: int = 0) -> None:
        """Trains for one epoch, from texts on."""
        texts = columns[0] if len(columns) == 1 else list(zip(*columns))
        self.task.fit(
            texts, labels, epochs=1, batch_size=BATCH, seed=seed, verbose=0,
            pool_batches=self.pool_batches,
        )  # fmt: skip

    def step(self, ids: Any, labels: Any) -> None:
        """Makes one training step on ids without padding."""
        if not getattr(self.model, "compiled", False):
            from albert_zoo.training import AdamW
            from albert_zoo.training.compile_settings import CompileSettings

            arguments = CompileSettings().compile_arguments(False)
            self.model.compile(optimizer=AdamW(2e-5), **arguments)
        inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids * 0 + 1}
        self.model.train_on_batch(inputs, labels)


class KerasHub:
    """KerasHub on TensorFlow, its preprocessor at 128 tokens.

    Args:
        settings: dict with `vocabulary`.
        classes: int.
    """

    def __init__(self, settings: Dict[str, Any], classes: int = 2):
        import keras
        import keras_hub

        tokenizer = keras_hub.models.AlbertTokenizer(proto=settings["vocabulary"])
        preprocessor = keras_hub.models.AlbertTextClassifierPreprocessor(
            tokenizer, sequence_length=LENGTH
        )
        layers = {**LAYERS, **settings.get("layers", {})}
        backbone = keras_hub.models.AlbertBackbone(
            vocabulary_size=30000, embedding_dim=128, dropout=0.0, **layers
        )
        ours = {"backbone": backbone, "num_classes": classes, "dropout": 0.1}
        self.text = keras_hub.models.AlbertTextClassifier(**ours, preprocessor=preprocessor)
        self.ids = keras_hub.models.AlbertTextClassifier(**ours, preprocessor=None)
        for model in (self.text, self.ids):
            model.compile(
                optimizer=keras.optimizers.AdamW(2e-5, weight_decay=0.01, global_clipnorm=1.0),
                loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
                metrics=["accuracy"],
                jit_compile=False,
            )

    def fit(self, columns: List[List[str]], labels: List[int], seed: int = 0) -> None:
        """Trains for one epoch, from texts on."""
        import numpy as np

        texts = tuple(np.array(column) for column in columns)
        self.text.fit(
            texts if len(texts) > 1 else texts[0],
            np.array(labels),
            epochs=1,
            batch_size=BATCH,
            verbose=0,
        )

    def step(self, ids: Any, labels: Any) -> None:
        """Makes one training step on ids without padding."""
        inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids > 0}
        self.ids.train_on_batch(inputs, labels)


class Transformers:
    """transformers on PyTorch, eager, padded to the longest row of a batch.

    The loop is that of its example run_glue_no_trainer.py.

    Args:
        settings: dict with `vocabulary`.
        classes: int.
    """

    def __init__(self, settings: Dict[str, Any], classes: int = 2):
        import shutil
        import tempfile

        import torch
        from transformers import AlbertConfig, AlbertForSequenceClassification, AlbertTokenizer

        folder = tempfile.mkdtemp()
        shutil.copy(settings["vocabulary"], Path(folder) / "spiece.model")
        self.tokenizer = AlbertTokenizer.from_pretrained(folder)
        config = AlbertConfig(
            vocab_size=30000,
            embedding_size=128,
            hidden_size=768,
            num_attention_heads=12,
            intermediate_size=3072,
            num_labels=classes,
            classifier_dropout_prob=0.1,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.model = AlbertForSequenceClassification(config).train()
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=2e-5, weight_decay=0.01)

    def fit(self, columns: List[List[str]], labels: List[int], seed: int = 0) -> None:
        """Trains for one epoch, from texts on."""
        import torch

        torch.manual_seed(seed)
        ids = self.tokenizer(*columns, truncation=True, max_length=LENGTH)
        rows = [
            {**{name: ids[name][i] for name in ids}, "labels": labels[i]}
            for i in range(len(labels))
        ]
        loader = torch.utils.data.DataLoader(
            rows,
            shuffle=True,
            batch_size=BATCH,
            collate_fn=lambda part: self.tokenizer.pad(part, return_tensors="pt"),
        )
        for batch in loader:
            self._update(batch)

    def step(self, ids: Any, labels: Any) -> None:
        """Makes one training step on ids without padding."""
        import torch

        tokens = torch.from_numpy(ids).long()
        self._update({"input_ids": tokens, "labels": torch.from_numpy(labels).long()})

    def _update(self, batch: Dict[str, Any]) -> None:
        import torch

        self.model(**batch).loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()


LIBRARIES = {"albert_zoo": AlbertZoo, "keras_hub": KerasHub, "transformers": Transformers}


def trainer(library: str, settings: Dict[str, Any], task: Optional[str] = None) -> Any:
    """Builds a library's model.

    Args:
        library: str, of `LIBRARIES`.
        settings: dict, what the harness gives contestants.
        task: str. Which number of classes; two if left out.
    """
    if library == "albert_zoo":
        sys.path.insert(0, settings["root"])
    return LIBRARIES[library](settings, 3 if task == "mnli" else 2)
