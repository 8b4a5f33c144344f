"""NameTable: one format's weight names beside ours, usable in both directions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Dict, Iterator, Mapping, NamedTuple, Tuple

import numpy as np

from albert_zoo.checkpoints.lazy_array import LazyArray
from albert_zoo.checkpoints.lazy_arrays import LazyArrays
from albert_zoo.checkpoints.weight_shapes import has_projection
from albert_zoo.errors import ConversionError

Leaves = Mapping[str, str]

ARRAYS = (
    "embeddings/token_embeddings",
    "embeddings/position_embeddings",
    "embeddings/segment_embeddings",
    "mlm/output_bias",
)
"""Our names that stand for an array, not for a layer with parts."""

_PROJECTION = "embeddings/projection"
_PER_HEAD_OUTPUTS = ("query", "key", "value")
_PER_HEAD_INPUTS = ("attention_output",)


class _Row(NamedTuple):
    theirs: str
    ours: str
    change: str


@dataclass(frozen=True)
class NameTable:
    """Weight names of a format beside ours, and how its arrays differ from ours in shape.

    Ours are `(inputs, outputs)` for every kernel. Names hold the placeholders `{g}` (group), `{i}`
    (block in it) and those that the configuration settles: `{block}` is `""`, `"_1"`, `"_2"` over
    all blocks, `{stack}` and `{pooler}` are the indices of layers behind the projection, which
    exists only where `embedding_dim` and `hidden_dim` differ.

    Args:
        names: mapping of their name to ours, of a layer, or of an array in `ARRAYS`.
        leaves: mapping of our part of a layer, `kernel`, `bias`, `gamma`, `beta`, and `""` for the
            arrays, to the end of their name.
        turned: their layers whose kernel is `(outputs, inputs)`, or `("*",)` for all.
        per_head: bool. Whether attention kernels keep heads as an axis of their own.
        aliases: mapping like `names`, of names that are read, never written.
        always_projects: bool. Whether the embeddings are projected even where both widths are
            equal, which the original and ours do not: an identity matrix then stands there.
        dropped: beginnings and ends (`"*/adam_m"`) of names that are left unread on purpose.
    """

    names: Mapping[str, str]
    leaves: Leaves
    turned: Tuple[str, ...] = ()
    per_head: bool = False
    aliases: Mapping[str, str] = field(default_factory=dict)
    always_projects: bool = False
    dropped: Tuple[str, ...] = ()

    def _parts(self, theirs: str, ours: str) -> Iterator[_Row]:
        if ours in ARRAYS or ours.split("/")[-1] in ("kernel", "bias"):
            parts: Tuple[str, ...] = ("",)
        elif ours.endswith("layer_norm"):
            parts = ("gamma", "beta")
        else:
            parts = ("kernel", "bias")
        for part in parts:
            our_name = f"{ours}/{part}" if part else ours
            # A row for a single part gives the whole of their name.
            is_whole = not part and ours not in ARRAYS
            their_name = theirs if is_whole else theirs + self.leaves[part]
            yield _Row(their_name, our_name, self._change(theirs, our_name))

    def _change(self, theirs: str, ours: str) -> str:
        layer, _, part = ours.rpartition("/")
        if self.per_head and layer.endswith(_PER_HEAD_OUTPUTS):
            return "split outputs"
        if self.per_head and layer.endswith(_PER_HEAD_INPUTS) and part == "kernel":
            return "split inputs"
        is_turned = self.turned == ("*",) or theirs in self.turned
        return "turn" if is_turned and part == "kernel" else ""

    def _rows(self, config: Mapping[str, Any], with_aliases: bool) -> Iterator[_Row]:
        shift = 1 if has_projection(config) else 0
        fixed = {"stack": 4 + shift, "pooler": 5 + shift}
        groups, inners = config["num_groups"], config["num_inner_repetitions"]
        names = dict(self.names)
        if with_aliases:
            names.update(self.aliases)
        for theirs, ours in names.items():
            if ours == _PROJECTION and not (self.always_projects or has_projection(config)):
                continue
            for row in self._parts(theirs, ours):
                for number in range(groups * inners if "{g}" in ours else 1):
                    places = {
                        **fixed,
                        "g": number // inners,
                        "i": number % inners,
                        "block": f"_{number}" if number else "",
                    }
                    yield _Row(row.theirs.format(**places), row.ours.format(**places), row.change)

    def drops(self, name: str) -> bool:
        """Whether the table leaves an array of this name unread on purpose."""
        starts = tuple(d for d in self.dropped if not d.startswith("*"))
        ends = tuple(d[1:] for d in self.dropped if d.startswith("*"))
        return name.startswith(starts) or name.endswith(ends)

    def knows(self, name: str, config: Mapping[str, Any]) -> bool:
        """Whether a row reads an array of this name."""
        return any(row.theirs == name for row in self._rows(config, with_aliases=True))

    def their_names(self, config: Mapping[str, Any]) -> Dict[str, str]:
        """Returns our name of every array that the format has, with theirs."""
        return {row.ours: row.theirs for row in self._rows(config, with_aliases=False)}

    def to_ours(self, arrays: Mapping[str, Any], config: Mapping[str, Any]) -> LazyArrays:
        """Renames and reshapes their arrays, reading none.

        Args:
            arrays: mapping of their name to array, lazy or not.
            config: the backbone's arguments; without `num_heads` no array may be split by heads.

        Returns:
            `LazyArrays` under our names. What no row names keeps its name, so that the check on
            loading reports it.

        Raises:
            ConversionError: an array does not have the axes that the format gives it.
        """
        rows = {row.theirs: row for row in self._rows(config, with_aliases=True)}
        renamed: Dict[str, LazyArray] = {}
        for name, array in LazyArrays.of(arrays).entries.items():
            row = rows.get(name)
            if row is not None:
                renamed[row.ours] = _to_ours(name, array, row.change, config)
            elif not self.drops(name):
                renamed[name] = array
        if self.always_projects and not has_projection(config):
            _drop_identity(renamed)
        return LazyArrays(renamed)

    def from_ours(self, arrays: Mapping[str, Any], config: Mapping[str, Any]) -> LazyArrays:
        """Renames and reshapes our arrays, the inverse of `to_ours`.

        Args:
            arrays: mapping of our name to array, lazy or not.
            config: the backbone's arguments.

        Returns:
            `LazyArrays` under their names.

        Raises:
            ConversionError: the format has no name for an array.
        """
        rows = {row.ours: row for row in self._rows(config, with_aliases=False)}
        if self.always_projects and not has_projection(config):
            arrays = LazyArrays.of(arrays, _identity(config["hidden_dim"]))
        entries = LazyArrays.of(arrays).entries
        homeless = [name for name in entries if name not in rows]
        if homeless:
            raise ConversionError(
                f"The format has no place for these weights: {', '.join(sorted(homeless)[:10])}. "
                "Choose a format that has, or leave the heads out with `with_heads`."
            )
        return LazyArrays(
            {
                rows[name].theirs: _from_ours(array, rows[name].change, config)
                for name, array in entries.items()
            }
        )


def _identity(width: int) -> Dict[str, np.ndarray]:
    return {
        f"{_PROJECTION}/kernel": np.eye(width, dtype="float32"),
        f"{_PROJECTION}/bias": np.zeros(width, "float32"),
    }


def _drop_identity(arrays: Dict[str, LazyArray]) -> None:
    width = arrays["pooler/bias"].shape[:1] if "pooler/bias" in arrays else ()
    for name, wanted in _identity(*width or (0,)).items():
        if name in arrays and not np.array_equal(arrays.pop(name).read(), wanted):
            raise ConversionError(
                f"`{name}` must be of an identity where `embedding_dim` equals `hidden_dim`. "
                "Received: another array. ALBERT has no projection there."
            )


def _to_ours(name: str, array: LazyArray, change: str, config: Mapping[str, Any]) -> LazyArray:
    if not change:
        return array
    heads = config["num_heads"] if change.startswith("split") else 0
    shape = array.shape
    head_axis = {"split outputs": len(shape) - 2, "split inputs": 0}.get(change)
    ranks = {"turn": (2,), "split outputs": (2, 3), "split inputs": (3,)}[change]
    if len(shape) not in ranks or (head_axis is not None and shape[head_axis] != heads):
        raise ConversionError(
            f"`{name}` must have {' or '.join(map(str, ranks))} axes"
            + (f", one of them of num_heads={heads}" if heads else "")
            + f". Received: shape {shape}. Check the configuration."
        )
    if change == "turn":
        return array.turned()
    if change == "split inputs":  # (num_heads, head_dim, hidden_dim)
        return array.reshaped((shape[0] * shape[1], shape[2]))
    return array.reshaped((*shape[:-2], shape[-2] * shape[-1]))  # ([hidden_dim,] heads, head_dim)


def _from_ours(array: LazyArray, change: str, config: Mapping[str, Any]) -> LazyArray:
    if not change:
        return array
    if change == "turn":
        return array.turned()
    heads, shape = config["num_heads"], array.shape
    if change == "split inputs":
        return array.reshaped((heads, shape[0] // heads, shape[1]))
    return array.reshaped((*shape[:-1], heads, shape[-1] // heads))
