"""From text or records, a configuration and perhaps a preset to a run that can be trained."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence

from albert_zoo.data import read_pretraining_records
from albert_zoo.errors import DataError
from albert_zoo.keras_api import keras
from albert_zoo.models.albert_backbone import AlbertBackbone
from albert_zoo.models.albert_pretrainer import AlbertPretrainer
from albert_zoo.pretraining.data_maker import SUMMARY, VOCABULARY, make_pretraining_data
from albert_zoo.pretraining.data_settings import DataSettings
from albert_zoo.pretraining.held_out import HeldOutText
from albert_zoo.pretraining.ngram_masking import NgramMasking
from albert_zoo.pretraining.pretraining_batches import PretrainingBatches
from albert_zoo.pretraining.pretraining_config import PretrainingConfig
from albert_zoo.pretraining.pretraining_run import SNAPSHOTS, PretrainingRun
from albert_zoo.pretraining.word_statistics import start_from_statistics
from albert_zoo.text import AlbertPreprocessor, AlbertTokenizer

_MADE_DATA = "data"  # folder inside the run's, for records made from text


def prepare_pretraining(
    data: Sequence[Any],
    output: Any,
    config: Optional[PretrainingConfig] = None,
    preset: Any = None,
    vocabulary: Any = None,
    data_settings: Optional[DataSettings] = None,
    processes: int = 1,
    jit_compile: Optional[bool] = None,
    report: Callable[[Dict[str, Any]], None] = lambda line: None,
) -> PretrainingRun:
    """Makes everything ready for pre-training; `train` of what it returns does it.

    Args:
        data: a folder that `make_pretraining_data` wrote, or text files and folders of them. Of
            text, records are made first, in `<output>/data`.
        output: path of the run's folder; new, empty, or of an interrupted run of these settings.
        config: `PretrainingConfig`. `None` for its defaults.
        preset: str or path. Whose weights and vocabulary to go on with, heads included where it has
            them. `None` for random weights of the geometry `config.backbone`.
        vocabulary: path of a SentencePiece model, for text and without a preset.
        data_settings: `DataSettings` for text. `None` for the defaults.
        processes: int. Processes that make records.
        jit_compile: bool. Whether XLA compiles the step; see `PretrainingRun`.
        report: called with each line of the log, a dict.

    Returns:
        `PretrainingRun`, which goes on where an earlier one in this folder stopped.

    Raises:
        DataError: the data cannot be used.
        ValueError: vocabulary, records and model do not agree.
        OutputExistsError: the folder holds something else.
    """
    config = config or PretrainingConfig()
    output = Path(output)
    keras.utils.set_random_seed(config.seed)
    if preset is None:
        model = None
        records = _records_of(data)
        if records is not None:
            vocabulary = records / VOCABULARY
        elif vocabulary is None:
            raise ValueError(
                "`vocabulary` must be given for text without a `preset`. Received: neither. "
                "Make one with `albert-zoo train-tokenizer`."
            )
        tokenizer = AlbertTokenizer(vocabulary)
    else:
        model = AlbertPretrainer.from_preset(preset, dtype=config.dtype, **config.backbone)
        if model.preprocessor is None:
            raise ValueError(
                f"`preset` must have a vocabulary. Received: {preset}, which has none. "
                "Put its SentencePiece model into the folder."
            )
        tokenizer = model.preprocessor.tokenizer
    PretrainingRun.open_folder(output, {**config.as_dict(), "preset": preset and str(preset)})
    records = _records_of(data)
    if records is None:
        records = output / _MADE_DATA
        make_pretraining_data(data, tokenizer, records, data_settings, processes)
    summary = read_summary(records)
    _check_vocabulary(summary, tokenizer, records)
    PretrainingRun.open_folder(output, {"data": summary["data_sha256"]})
    if model is None:
        backbone = AlbertBackbone(
            vocabulary_size=tokenizer.vocabulary_size,
            **config.backbone,
            dtype=config.dtype,
            name="backbone",
        )
        model = AlbertPretrainer(backbone)
    length = summary["settings"]["sequence_length"]
    _check_length(length, model.backbone)
    model.preprocessor = AlbertPreprocessor(tokenizer, sequence_length=length)
    shards = [records / f"{name}.tfrecord" for name in summary["shards"]]
    held_out = [shard for shard in shards if shard.name.startswith("held-out")]
    training = [shard for shard in shards if shard not in held_out]
    if preset is None and config.word_statistics and not (output / SNAPSHOTS).is_dir():
        # Of the copies of the text one is enough.
        copies = slice(None, None, summary["settings"]["copies"])
        parts = (read_pretraining_records(shard).take(copies) for shard in training)
        start_from_statistics(model, parts, first_piece_of(tokenizer), config.seed)
    batches = PretrainingBatches(
        training,
        config.batch_tokens,
        config.lengths or [*([length // 2] if length >= 64 else []), length],
        masking_of(config, tokenizer),
        config.seed,
    )
    return PretrainingRun(
        model,
        config,
        batches,
        output,
        HeldOutText(held_out, config.batch_tokens) if held_out else None,
        jit_compile,
        report,
    )


def masking_of(config: PretrainingConfig, tokenizer: AlbertTokenizer) -> Optional[NgramMasking]:
    """Returns the masking of a run, or `None` where the words hidden in the files are used."""
    if not config.dynamic_masking:
        return None
    return NgramMasking(
        tokenizer.vocabulary_size,
        tokenizer.mask_id,
        config.mask_rate,
        max_ngram=config.max_ngram,
        first_piece=first_piece_of(tokenizer),
    )


def first_piece_of(tokenizer: AlbertTokenizer) -> int:
    """Returns the first id that is not of a control symbol."""
    return 1 + max(tokenizer.mask_id, tokenizer.cls_id, tokenizer.sep_id)


def read_summary(folder: Any) -> Dict[str, Any]:
    """Reads the summary of a folder of records.

    Raises:
        DataError: it is not there, or is none.
    """
    path = Path(folder) / SUMMARY
    try:
        summary = json.loads(path.read_text(encoding="utf-8"))
        names: List[str] = ["settings", "shards", "data_sha256", "vocabulary_sha256"]
        if all(name in summary for name in names):
            return dict(summary)
    except FileNotFoundError:
        raise DataError(
            "no such file. `albert-zoo pretrain-data` writes it when all shards are made: start it "
            "again, and it goes on where it stopped.",
            path=path,
        ) from None
    except (ValueError, TypeError):
        pass
    raise DataError("not a summary that `albert-zoo pretrain-data` wrote.", path=path)


def _records_of(data: Sequence[Any]) -> Optional[Path]:
    """Returns the folder of records that `data` names, or `None` if it is text."""
    folders = [path for path in map(Path, data) if any(path.glob("train-*.tfrecord"))]
    if folders and len(data) > 1:
        raise ValueError(
            f"`data` must be one folder of records, or text. Received: {len(data)} paths, of "
            f"which {folders[0]} holds records."
        )
    return folders[0] if folders else None


def _check_vocabulary(summary: Dict[str, Any], tokenizer: AlbertTokenizer, folder: Path) -> None:
    digest = hashlib.sha256(tokenizer.model_proto or b"").hexdigest()
    if digest != summary["vocabulary_sha256"]:
        raise ValueError(
            f"`data` must be made with the model's vocabulary. Received: {folder}, made with "
            f"another one of {summary.get('vocabulary_size')} pieces, and a model of "
            f"{tokenizer.vocabulary_size}. Give the text itself, and it is made again."
        )


def _check_length(length: int, backbone: AlbertBackbone) -> None:
    if length > backbone.max_sequence_length:
        raise ValueError(
            "`max_sequence_length` of the model must be no less than the records' length. "
            f"Received: {backbone.max_sequence_length} and {length}. Make shorter records."
        )
