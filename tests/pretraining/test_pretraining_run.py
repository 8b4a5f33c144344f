from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from albert_zoo import AlbertPretrainer
from albert_zoo.data import read_pretraining_records
from albert_zoo.errors import (
    CheckpointError,
    DataError,
    NeedsKeras3Error,
    OutputExistsError,
    RunStopped,
)
from albert_zoo.keras_api import keras
from albert_zoo.pretraining import (
    HeldOutText,
    PretrainingBatches,
    PretrainingConfig,
    PretrainingRun,
)
from albert_zoo.pretraining.pretraining_batches import as_batch
from albert_zoo.pretraining.pretraining_run import compile_pretrainer
from tests.keras_generations import keras_2_only, keras_3_only
from tests.model_checks import largest_difference, tiny_backbone

pytestmark = pytest.mark.backends
CONFIG = PretrainingConfig(
    optimizer="adamw",
    learning_rate=1e-2,
    total_steps=8,
    warmup_steps=2,
    batch_tokens=256,
    lengths=[16, 32],
    evaluate_every=4,
    log_every=2,
    dynamic_masking=False,
)


def model() -> AlbertPretrainer:
    """A model with the same weights on every backend."""
    keras.utils.set_random_seed(0)
    found = AlbertPretrainer(tiny_backbone(initializer_range=0.1))
    random = np.random.default_rng(0)
    arrays = {
        name: array if array.ndim == 1 else random.normal(scale=0.1, size=array.shape)
        for name, array in sorted(found.get_named_arrays().items())
    }
    found.set_named_arrays(arrays, source="the test")
    return found


def run(records: Path, folder: Path, config: PretrainingConfig = CONFIG, **arguments: Any):
    batches = PretrainingBatches(
        sorted(records.glob("train-*.tfrecord")), config.batch_tokens, config.lengths
    )
    held_out = HeldOutText(sorted(records.glob("held-out-*.tfrecord")), config.batch_tokens)
    return PretrainingRun(
        model(), config, batches, folder, held_out, jit_compile=False, **arguments
    )


def changed(**values: Any) -> PretrainingConfig:
    return PretrainingConfig(**{**CONFIG.as_dict(), **values})


def weights_of(run: PretrainingRun) -> dict:
    return run.model.get_named_arrays()


def test_it_learns_and_logs(tmp_path: Path, records: Path) -> None:
    lines: list = []
    found = run(records, tmp_path / "run", changed(total_steps=60), report=lines.append)
    before = found.held_out.score(found.model)
    last = found.train()
    assert found.is_done and last == lines[-1]
    assert last["held_out_mlm_loss"] < before["mlm_loss"] - 0.4
    assert last["held_out_mlm_accuracy"] > before["mlm_accuracy"]
    assert last["tokens_per_second"] > 0 and last["seconds_left"] == 0
    log = (tmp_path / "run" / "log.jsonl").read_text()
    logged = [json.loads(line) for line in log.splitlines()]
    assert logged == lines
    assert [line["step"] for line in logged] == list(range(2, 61, 2))
    assert [line["step"] for line in logged if "held_out_mlm_loss" in line] == list(range(4, 61, 4))


@pytest.mark.parametrize("optimizer", ["adamw", "lamb"])
def test_an_interrupted_run_ends_as_a_whole_one(
    tmp_path: Path, records: Path, optimizer: str
) -> None:
    config = changed(optimizer=optimizer, save_minutes=0.0)
    whole = run(records, tmp_path / "whole", config)
    whole.train()

    first = run(records, tmp_path / "parts", config)
    stop_after = 5

    def stop(line: dict) -> None:
        if line["step"] >= stop_after:
            raise KeyboardInterrupt

    first.report = stop
    with pytest.raises(KeyboardInterrupt):
        first.train()
    again = run(records, tmp_path / "parts", config)
    assert again.progress["step"] == 5  # the last checkpoint; the sixth step was not saved
    again.train()
    assert again.progress["batch"] == whole.progress["batch"]
    for name, array in weights_of(whole).items():
        assert np.array_equal(weights_of(again)[name], array), name


def test_max_minutes_stops_with_a_checkpoint(tmp_path: Path, records: Path) -> None:
    found = run(records, tmp_path / "run")
    line = found.train(max_minutes=0.0)
    assert line["step"] == 1 and not found.is_done
    assert "held_out_mlm_loss" in line
    assert run(records, tmp_path / "run").progress["step"] == 1


@keras_3_only("accumulation_steps")
def test_accumulated_gradients_equal_a_large_batch(tmp_path: Path, records: Path) -> None:
    rows = read_pretraining_records(records / "train-00000.tfrecord").take(slice(16))
    rows = rows._replace(mask_weights=np.ones_like(rows.mask_weights))  # equally many in each part
    large, small = model(), model()
    compile_pretrainer(large, CONFIG)
    compile_pretrainer(small, changed(accumulation_steps=4))
    for _ in range(3):
        large.train_on_batch(*as_batch(rows))
        for start in range(0, 16, 4):
            small.train_on_batch(*as_batch(rows.take(slice(start, start + 4))))
    assert int(small.optimizer.iterations) == int(large.optimizer.iterations) == 3
    arrays = large.get_named_arrays()
    for name, array in small.get_named_arrays().items():
        assert np.abs(array - arrays[name]).max() < 1e-5, name


@keras_3_only("accumulation_steps")
def test_steps_count_updates_and_not_batches(tmp_path: Path, records: Path) -> None:
    found = run(records, tmp_path / "run", changed(accumulation_steps=3, total_steps=4))
    found.train()
    assert found.progress["step"] == 4
    assert int(found.model.optimizer.iterations) == 4


@keras_2_only
def test_accumulation_says_what_it_needs() -> None:
    with pytest.raises(NeedsKeras3Error, match=r"`accumulation_steps` above 1"):
        compile_pretrainer(model(), changed(accumulation_steps=2))


def test_held_out_scores_are_those_of_all_rows(records: Path) -> None:
    """Batches of another size, the last one not full, give the same scores."""
    shards = sorted(records.glob("held-out-*.tfrecord"))
    found = model()
    compile_pretrainer(found, CONFIG)
    sizes = [HeldOutText(shards, batch_tokens=32 * rows) for rows in (3, 7)]
    assert len(sizes[0]) % 3 or len(sizes[0]) % 7
    first, second = (held_out.score(found) for held_out in sizes)
    assert first == pytest.approx(second, abs=1e-5)
    inputs, labels, weights = as_batch(sizes[0].rows)
    logits = found.predict(inputs, verbose=0)
    right = (logits["mlm"].argmax(axis=-1) == labels["mlm"]) * weights["mlm"]
    assert first["mlm_accuracy"] == pytest.approx(right.sum() / weights["mlm"].sum(), abs=1e-6)
    right = logits["sop"].argmax(axis=-1) == labels["sop"]
    assert first["sop_accuracy"] == pytest.approx(right.mean(), abs=1e-6)


def test_a_folder_of_another_run_is_refused(tmp_path: Path, records: Path) -> None:
    run(records, tmp_path / "run").train(max_minutes=0.0)
    with pytest.raises(OutputExistsError, match="another learning_rate"):
        run(records, tmp_path / "run", changed(learning_rate=2e-2))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    with pytest.raises(OutputExistsError, match="new, empty, or an interrupted run"):
        run(records, tmp_path / "mine")


def test_a_damaged_checkpoint_is_named(tmp_path: Path, records: Path) -> None:
    run(records, tmp_path / "run").train(max_minutes=0.0)
    (checkpoint,) = (tmp_path / "run" / "snapshots").iterdir()
    checkpoint.write_bytes(b"damaged")
    with pytest.raises(CheckpointError, match=r"step-00000001\.npz: damaged"):
        run(records, tmp_path / "run")


def test_an_earlier_version_s_checkpoint_is_not_passed_over(tmp_path: Path, records: Path) -> None:
    found = run(records, tmp_path / "run")
    (found.folder / "checkpoint.h5").write_bytes(b"")
    with pytest.raises(CheckpointError, match="an earlier version's checkpoint"):
        run(records, tmp_path / "run")


def test_a_signal_stops_it_with_a_checkpoint(tmp_path: Path, records: Path) -> None:
    def stop(line: dict) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    found = run(records, tmp_path / "run", report=stop)
    with pytest.raises(RunStopped, match="after step 2 of 8; it is saved") as stopped:
        found.train()
    assert stopped.value.exit_code == 143
    assert run(records, tmp_path / "run").progress["step"] == 2


def test_too_large_a_batch_is_refused(tmp_path: Path, records: Path) -> None:
    found = run(records, tmp_path / "run", changed(batch_tokens=1_000_000))
    with pytest.raises(ValueError, match="`batch_tokens` must not exceed the data"):
        found.train()


def test_checkpoints_restore_the_model(tmp_path: Path, records: Path) -> None:
    first = run(records, tmp_path / "run")
    first.train(max_minutes=0.0)
    second = run(records, tmp_path / "run")
    for name, array in weights_of(first).items():
        assert largest_difference(array, weights_of(second)[name]) == 0


# === Configurations ===


def test_a_configuration_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(CONFIG.as_dict()))
    assert PretrainingConfig.from_file(path) == CONFIG


@pytest.mark.parametrize(
    "content, message",
    [
        ("{", "not a JSON file"),
        ("[1]", "must hold a JSON object"),
        ('{"learning_rat": 1}', "Received: 'learning_rat'. Did you mean 'learning_rate'"),
        ('{"optimizer": "adam"}', "`optimizer` must be of lamb, adamw. .*Did you mean 'adamw'"),
        ('{"total_steps": 0}', "`total_steps` must be above 0"),
        ('{"total_steps": 10, "warmup_steps": 20}', "`warmup_steps` must be in"),
        ('{"total_steps": "many"}', "config.json"),
    ],
)
def test_a_faulty_configuration_is_named(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "config.json"
    path.write_text(content)
    with pytest.raises(DataError, match=message) as error:
        PretrainingConfig.from_file(path)
    assert "config.json" in str(error.value)
    with pytest.raises(DataError, match="no such file"):
        PretrainingConfig.from_file(tmp_path / "none.json")
