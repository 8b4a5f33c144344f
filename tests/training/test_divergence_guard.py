"""The guard: what it sees, what it does, and that it does nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List

import numpy as np
import pytest

from albert_zoo import AlbertClassifier, AlbertPreprocessor, AlbertTokenizer, Task
from albert_zoo.errors import DivergedError
from albert_zoo.keras_api import KERAS_GENERATION, backend_name, keras, ops
from albert_zoo.training.checkpoint_settings import CheckpointSettings
from albert_zoo.training.guard_settings import GuardSettings
from albert_zoo.training.probe import Probe
from tests.conftest import SENTENCES
from tests.model_checks import tiny_backbone

pytestmark = pytest.mark.backends

TEXTS = (SENTENCES * 4)[:64]
LABELS = [int("the" in text) for text in TEXTS]
QUICK = {"batch_size": 8, "verbose": 0, "keep_best": False}


class Poison(keras.callbacks.Callback):
    """Makes a weight infinite before certain steps, as if the sums had overflowed."""

    def __init__(self, steps: List[int]):
        super().__init__()
        self.steps, self.step, self.kept = steps, 0, None

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.step += 1
        if self.step in self.steps:
            self.kept = np.array(ops.convert_to_numpy(self.model.head.kernel))
            self.model.head.kernel.assign(np.full_like(self.kept, np.inf))

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.kept is not None:
            self.model.head.kernel.assign(self.kept)
            self.kept = None


def make(
    vocabulary: bytes,
    seed: int = 0,
    regression: bool = False,
    dropout: float = 0.0,
    head_dropout: float = 0.1,
) -> Task:
    keras.utils.set_random_seed(seed)
    preprocessor = AlbertPreprocessor(AlbertTokenizer(vocabulary), sequence_length=24)
    classifier = AlbertClassifier(
        tiny_backbone(dropout=dropout),
        1 if regression else 2,
        dropout=head_dropout,
        preprocessor=preprocessor,
    )
    if regression:
        task = Task.from_columns(text="t", label="s", regression=True, classifier=classifier)
    else:
        task = Task("cola", classifier)
    task.compile(learning_rate=1e-3)
    return task


def weights_of(task: Task) -> Dict[str, np.ndarray]:
    return task.classifier.get_named_arrays()


def kinds(task: Task) -> List[str]:
    assert task.guard_report is not None
    return [entry["kind"] for entry in task.guard_report.interventions]


def test_a_guarded_training_gives_the_same_weights(tiny_vocabulary: bytes) -> None:
    found = []
    for guard in (True, False):
        task = make(tiny_vocabulary)
        settings = GuardSettings(min_steps_between_checks=3) if guard else False
        task.fit(TEXTS, LABELS, epochs=2, guard=settings, **QUICK)
        found.append(weights_of(task))
        assert (task.guard_report is not None) == guard
    assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])


def test_one_bad_step_is_skipped_and_counted(
    tiny_vocabulary: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    task = make(tiny_vocabulary)
    history = task.fit(TEXTS, LABELS, epochs=2, callbacks=[Poison([3])], **QUICK)
    report = task.guard_report.as_json()
    assert (kinds(task), report["skipped_steps"], report["stopped"]) == (["skipped"], 1, False)
    assert "Step 3: the loss is nan; the step is skipped." in caplog.text
    assert all(np.isfinite(array).all() for array in weights_of(task).values())
    assert np.isfinite(history.history["loss"]).all()  # the mean began anew


def test_three_bad_steps_roll_back_twice_and_then_it_stops(tiny_vocabulary: bytes) -> None:
    task = make(tiny_vocabulary)
    with pytest.raises(DivergedError, match="Training stops"):
        task.fit(TEXTS, LABELS, epochs=4, callbacks=[Poison(list(range(4, 30)))], **QUICK)
    assert [kind for kind in kinds(task) if kind != "skipped"] == [
        *("rollback", "rollback", "stopped")
    ]
    report = task.guard_report.as_json()
    assert report["stopped"]
    assert report["skipped_steps"] == 9
    assert [entry["step"] for entry in report["interventions"] if entry["kind"] == "rollback"] == [
        *(6, 9)
    ]
    assert all(np.isfinite(array).all() for array in weights_of(task).values())
    assert task.evaluate((TEXTS, LABELS))["loss"] < 1.0


def test_an_optimizer_that_skips_nothing_is_rolled_back(tiny_vocabulary: bytes) -> None:
    task = make(tiny_vocabulary)
    optimizer = keras.optimizers.SGD(0.01)
    task.compile(optimizer=optimizer)
    task.fit(TEXTS, LABELS, epochs=1, callbacks=[Poison([3])], **QUICK)
    assert kinds(task) == ["skipped", "rollback"]
    rate = float(ops.convert_to_numpy(optimizer.learning_rate))
    assert rate == pytest.approx(0.005)
    assert all(np.isfinite(array).all() for array in weights_of(task).values())


def collapsing(action: str) -> GuardSettings:
    return GuardSettings(
        on_divergence=action, min_steps_between_checks=8, patience=3, retry_rate=0.02
    )


@pytest.mark.parametrize("action", ["retry", "stop"])
def test_a_collapsed_training(tiny_vocabulary: bytes, action: str) -> None:
    task = make(tiny_vocabulary)
    task.compile(learning_rate=0.5, weight_decay=0.0)
    arguments = {"epochs": 12, "guard": collapsing(action), **QUICK}
    if action == "stop":
        with pytest.raises(DivergedError, match="learned nothing"):
            task.fit(TEXTS, LABELS, **arguments)
        assert kinds(task)[-2:] == ["collapsed", "stopped"]
        return
    task.fit(TEXTS, LABELS, **arguments)
    report = task.guard_report.as_json()
    collapsed = next(e for e in report["interventions"] if e["kind"] == "collapsed")
    assert "the learning rate is too high (a step changed the weights by" in collapsed["message"]
    labels = {prediction.label for prediction in task.predict(TEXTS)}
    retry = next(e for e in report["interventions"] if e["kind"] == "retry")
    assert retry["learning_rate"] == pytest.approx(0.01)
    assert retry["seed"] != 0
    assert report["attempts"] == 2
    assert len(labels) == 2
    assert task.settings.learning_rate == 0.5  # what the user said stays


class BreakOff(keras.callbacks.Callback):
    """Ends the process, as it were, after some steps of an attempt."""

    def __init__(self, attempt: int, step: int):
        super().__init__()
        self.attempt, self.step = attempt, step

    def on_train_begin(self, logs: Any = None) -> None:
        self.attempt -= 1

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.step -= not self.attempt
        if not self.attempt and not self.step:
            raise ConnectionError("broken off")


@pytest.mark.skipif(backend_name() != "tensorflow", reason="takes long, and once is enough")
def test_a_retry_is_resumed(tiny_vocabulary: bytes, tmp_path: Path) -> None:
    def fit(*callbacks: Any, **folder: Any) -> Task:
        rate = 0.1 if KERAS_GENERATION == 3 else 0.0  # tf.keras 2.6 hides what it draws from
        task = make(tiny_vocabulary, dropout=rate, head_dropout=rate)
        task.compile(learning_rate=0.5, weight_decay=0.0)
        guard = collapsing("retry")
        task.fit(TEXTS, LABELS, epochs=7, guard=guard, callbacks=callbacks, **folder, **QUICK)
        return task

    whole = fit()
    assert whole.guard_report.attempt == 2
    folder = {
        "run_folder": tmp_path / "run",
        "resume": True,
        "checkpoints": CheckpointSettings(minutes=None, steps=3),
    }
    # Before the collapse, and in the attempt after it.
    for attempt, step in ((1, 13), (2, 11)):
        with pytest.raises(ConnectionError):
            fit(BreakOff(attempt, step), **folder)
    last = fit(**folder)
    assert last.guard_report.as_json() == whole.guard_report.as_json()
    for name, array in weights_of(whole).items():
        assert array.tobytes() == weights_of(last)[name].tobytes(), name


def test_regression_that_gives_one_score(tiny_vocabulary: bytes) -> None:
    task = make(tiny_vocabulary, regression=True)
    task.compile(learning_rate=0.5, weight_decay=0.0)
    scores = [5.0 * label for label in LABELS]
    task.fit(TEXTS, scores, epochs=8, guard=collapsing("report"), **QUICK)
    assert "collapsed" in kinds(task)
    assert task.guard_report.attempt == 1
    message = next(
        e["message"] for e in task.guard_report.interventions if e["kind"] == "collapsed"
    )
    assert "training rows get the same score" in message


def test_a_loss_that_rises_is_reported(tiny_vocabulary: bytes) -> None:
    class Spoil(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
            if epoch == 2:
                self.model.head.bias.assign([8.0, -8.0])

    task = make(tiny_vocabulary)
    task.fit(TEXTS, LABELS, epochs=3, callbacks=[Spoil()], **QUICK)
    assert kinds(task) == ["spike"]


@pytest.mark.parametrize(
    ("guard", "message"),
    [
        ("retries", "`on_divergence` must be one of report, retry, stop.*Did you mean 'retry'"),
        (GuardSettings, "bad_steps"),
    ],
)
def test_wrong_settings(tiny_vocabulary: bytes, guard: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        GuardSettings(bad_steps=0) if guard is GuardSettings else GuardSettings.of(guard)


def test_a_retry_needs_a_rate_that_can_be_lowered(tiny_vocabulary: bytes) -> None:
    task = make(tiny_vocabulary)
    task.compile(optimizer=keras.optimizers.SGD(0.01))
    with pytest.raises(ValueError, match="with a learning rate that is a number"):
        task.fit(TEXTS, LABELS, guard="retry", **QUICK)


def test_the_probe_knows_a_guess_from_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    labels = np.array([0, 0, 0, 1] * 8)

    monkeypatch.setattr("albert_zoo.training.probe.outputs_of_rows", lambda model, rows: model)
    probe = Probe(None, labels, is_regression=False)
    guess = probe.measure(np.tile([np.log(3.0), 0.0], (32, 1)))
    assert guess.is_constant
    assert guess.shares == [1.0, 0.0]
    assert guess.loss == pytest.approx(guess.guess_loss) == pytest.approx(0.5623351)
    assert guess.entropy == pytest.approx(guess.guess_loss)
    assert guess.agreement == 0.0
    right = probe.measure(np.eye(2)[labels] * 4)
    assert not right.is_constant
    assert right.agreement == pytest.approx(1.0)
    scores = Probe(None, labels.astype("float32"), is_regression=True)
    assert scores.measure(np.full((32, 1), 0.25)).is_constant
    assert not scores.measure(labels[:, None]).is_constant
