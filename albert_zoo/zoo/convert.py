"""Conversion of a model from any format to any other, ours included."""

from __future__ import annotations

import itertools
import logging
import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from albert_zoo._version import __version__
from albert_zoo.atomic import new_folder
from albert_zoo.checkpoints import Checkpoint, LazyArrays, match_arrays, write_checkpoint
from albert_zoo.checkpoints.detect import ACCEPTED
from albert_zoo.checkpoints.files import read_json
from albert_zoo.checkpoints.transformers import ARCHITECTURES
from albert_zoo.checkpoints.weight_shapes import HEADS
from albert_zoo.errors import ConversionError, OutputExistsError, did_you_mean
from albert_zoo.zoo.foreign import checkpoint_from_preset, label_names, preset_from_checkpoint
from albert_zoo.zoo.preset_folder import PresetFolder
from albert_zoo.zoo.preset_io import check_destination, read_preset, write_preset
from albert_zoo.zoo.registry import find_preset
from albert_zoo.zoo.source_files import source_files

logger = logging.getLogger(__name__)

FORMATS: Tuple[str, ...] = tuple(ACCEPTED)

HEAD_MEANINGS = {"mlm": "masked words", "sop": "order of sentences", "head": "a task's classes"}

_ONE_HEAD = [("mlm",), ("head",), ()]
_HELD: Dict[str, List[Tuple[str, ...]]] = {
    "tf2": _ONE_HEAD,
    "keras-hub": _ONE_HEAD,
    "transformers": list(ARCHITECTURES),
}
"""The heads that a format holds at the same time; any others hold all of them."""

Heads = Union[None, str, Sequence[str]]


def convert(
    source: Any,
    destination: Any,
    to: str,
    heads: Heads = None,
    config: Any = None,
    overwrite: bool = False,
    float16: bool = False,
) -> Path:
    """Converts a model to another format. Every weight keeps its bits, unless `float16` is asked
    for.

    The source's format is found out from its files. A weight that is missing, an array that nothing
    reads, a wrong shape, NaN or infinity is refused; then nothing is written.

    Args:
        source: str or path. A preset's name, a folder of any format, or the prefix of a TensorFlow
            checkpoint (`model.ckpt-best`).
        destination: path of a new or empty folder.
        to: str. `"tf1"` (google-research/albert), `"tf2"` (TensorFlow Model Garden),
            `"transformers"` (Hugging Face), `"keras-hub"` or `"albert-zoo"`.
        heads: Which heads to keep: `"mlm"` (masked words), `"sop"` (order of sentences), `"head"`
            (a task's classes), several of them as a list or with commas between, or `"none"`. By
            default all, and a format that has no place for one is refused.
        config: path of an `albert_config.json`, or a dict of its keys, for a TensorFlow checkpoint
            beside which there is none.
        overwrite: bool. Whether a model that is at the destination may be replaced.
        float16: bool. Rounds the weights to float16, in half the space; for `"albert-zoo"` alone.
            Loaded, they are float32 again, or what the model's dtype says.

    Returns:
        `pathlib.Path` of the destination.

    Raises:
        ValueError: there is no such format or head, or it has no float16.
        PresetNotFoundError: there is no such source.
        ConversionError: the source is not whole, or the format has no place for a head.
        OutputExistsError: the destination is not empty.

    Example:

    >>> convert("albert_base_v2", "copy", to="transformer")
    Traceback (most recent call last):
    ...
    ValueError: `to` must be one of tf1, tf2, transformers, keras-hub, albert-zoo. Received: \
'transformer'. Did you mean 'transformers'?
    """
    check_format(to, float16)
    path = find_preset(source)
    preset = read_preset(path, config_from(config))
    return write_as(preset, path, destination, to, heads, overwrite, float16)


def check_format(to: str, float16: bool = False) -> None:
    """Refuses a format that does not exist, or float16 where it is not written."""
    if to not in FORMATS:
        raise ValueError(
            f"`to` must be one of {', '.join(FORMATS)}. Received: {to!r}."
            f"{did_you_mean(to, FORMATS)}"
        )
    if float16 and to != "albert-zoo":
        raise ValueError(
            f"`float16` is for the format albert-zoo alone. Received: it, for {to}. Leave it out."
        )


def config_from(config: Any) -> Optional[Mapping[str, Any]]:
    """Returns the keys of an `albert_config.json`, given as a path, as a dict, or not at all."""
    return config if config is None or isinstance(config, Mapping) else read_json(Path(config))


def write_as(
    preset: PresetFolder,
    source: Path,
    destination: Any,
    to: str,
    heads: Heads = None,
    overwrite: bool = False,
    float16: bool = False,
) -> Path:
    """Writes a preset that was read in any format; see `convert`.

    Args:
        preset: what `read_preset` gave.
        source: path that it was read from.
        destination: as for `convert`, and so are the rest.

    Returns:
        `pathlib.Path` of the destination.
    """
    folder = Path(destination)
    inside = [source.resolve(), *source.resolve().parents]
    if folder.resolve() in inside:
        raise OutputExistsError(
            f"`destination` must not be, or hold, the source. Received: {destination} for "
            f"{source}. Choose another folder."
        )
    check_destination(folder, overwrite)
    checkpoint = checkpoint_from_preset(preset, str(source))
    checkpoint = checkpoint.with_heads(*heads_to_keep(checkpoint.heads, heads, to))
    if to == "albert-zoo":
        ours = _ours(preset, checkpoint, source)
        return write_preset(folder, _in_float16(ours) if float16 else ours, overwrite)
    with new_folder(folder) as unfinished:
        write_checkpoint(unfinished, to, checkpoint)
    _tell_what_is_missing(checkpoint, to, label_names(preset.task_config or {}))
    return folder


def heads_to_keep(present: Sequence[str], heads: Heads, to: str) -> Tuple[str, ...]:
    """Settles which heads are written, and refuses to drop one unasked.

    Args:
        present: the heads that the source has.
        heads: as for `convert`.
        to: str, the format.

    Returns:
        tuple of str, of `present`.

    Raises:
        ValueError: there is no such head.
        ConversionError: the source does not have it, or the format has no place for all of them.

    Example:

    >>> heads_to_keep(("mlm", "sop"), None, "tf1"), heads_to_keep(("mlm", "sop"), "mlm", "tf2")
    (('mlm', 'sop'), ('mlm',))
    """
    if heads is None:
        wanted = list(present)
    else:
        listed = heads.split(",") if isinstance(heads, str) else heads
        wanted = [name.strip() for name in listed if name.strip() not in ("", "none")]
    for name in wanted:
        if name not in HEADS:
            raise ValueError(
                f"`heads` must be of {', '.join(HEADS)}, or none. Received: {name!r}."
                f"{did_you_mean(name, HEADS)}"
            )
        if name not in present:
            raise ConversionError(
                f"`heads` must be in the source. Received: {name}, where the source has "
                f"{', '.join(present) or 'no head'}. Leave it out."
            )
    kept = tuple(name for name in HEADS if name in wanted)
    held = _HELD.get(to)
    if held is None or kept in held:
        return kept
    subsets = itertools.chain.from_iterable(
        itertools.combinations(kept, count) for count in range(len(kept), 0, -1)
    )
    choices = [f"`heads='{','.join(names)}'`" for names in subsets if names in held]
    choices.append("`heads='none'`")
    meant = ", ".join(f"{name} ({HEAD_MEANINGS[name]})" for name in kept)
    raise ConversionError(
        f"The format {to} has no place for these heads together: {meant}. "
        f"Pass {' or '.join(choices)} to say what may be left out."
    )


def _ours(preset: PresetFolder, checkpoint: Checkpoint, source: Path) -> PresetFolder:
    """The preset with the heads that are kept, checked, and with the origin in its metadata."""
    whole = preset_from_checkpoint(checkpoint)
    shapes = LazyArrays.of(whole.backbone_arrays or {}).shapes.values()
    if preset.format == "albert-zoo":
        metadata = dict(preset.metadata)
    else:
        metadata = {
            "albert_zoo_version": __version__,
            "parameter_count": sum(math.prod(shape) for shape in shapes),
            "converted_from": {"format": preset.format, "files": source_files(source)},
        }
    whole.metadata = metadata
    whole.tokenizer_config = dict(preset.tokenizer_config)
    whole.preprocessor_config = dict(preset.preprocessor_config)
    if "head" in checkpoint.heads or preset.task_arrays is None:
        whole.task_config = preset.task_config
    return whole


def _in_float16(preset: PresetFolder) -> PresetFolder:
    """The preset with its weights rounded, and that said in its metadata."""

    def rounded(arrays: Optional[Mapping[str, Any]]) -> Optional[LazyArrays]:
        if arrays is None:
            return None
        wanted = LazyArrays.of(arrays).as_type("float16")
        return LazyArrays.of(match_arrays(wanted.shapes, wanted, "float16"))

    return replace(
        preset,
        backbone_arrays=rounded(preset.backbone_arrays),
        task_arrays=rounded(preset.task_arrays),
        pretraining_arrays=rounded(preset.pretraining_arrays),
        metadata={**preset.metadata, "weights_dtype": "float16"},
    )


def _tell_what_is_missing(checkpoint: Checkpoint, to: str, labels: Sequence[str]) -> None:
    """Logs what the format has no place for, and what the source did not have."""
    if checkpoint.vocabulary is None:
        logger.warning("The source has no vocabulary, so the copy has none either.")
    elif to == "keras-hub" and checkpoint.tokenizer_config.get("lowercase", True):
        logger.warning("KerasHub's tokenizer does not lower-case: give it lower-case text.")
    says_more = any(name != str(index) for index, name in enumerate(labels))
    if "head" in checkpoint.heads and says_more and to != "transformers":
        listed = ", ".join(f"{index} is {name}" for index, name in enumerate(labels))
        logger.warning("The format %s has no place for the classes' names: %s.", to, listed)
