"""Every option, with every value it may have, reaches an old and a new adapter."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable, Dict, Iterator, List, Tuple

import pytest

from albert_zoo import AscendOptions, AutoTune, Dump, Hccl, OverflowDump, Profiling
from albert_zoo.backends.ascend import adapter
from albert_zoo.backends.ascend.auto_tune import MODES
from albert_zoo.backends.ascend.option_table import AdapterOption, adapter_options
from albert_zoo.errors import AscendError
from tests.backends.npu_recorder import Recorder

OLD, NEW = "r1.9.0", "master"


def _files(folder: Path) -> Dict[str, Path]:
    contents = {
        "mixlist": '{"black-list": {"to-add": ["Mul"]}}',
        "fusion_switch": "A:off",
        "op_precision_mode": "[ByOpType]\nMul=high_precision",
        "aoe": "{}",
        "text": "x",
    }
    for name, content in contents.items():
        (folder / f"{name}.txt").write_text(content, encoding="utf-8")
    return {name: folder / f"{name}.txt" for name in contents}


def _options_for(option: AdapterOption, folder: Path) -> Iterator[Tuple[AscendOptions, Any]]:
    """Every allowed value of an option as our options, with what the adapter is to hold."""
    name, files = (option.ours or ("",))[0], _files(folder)
    choices = option.allowed or ()
    groups: Dict[str, Callable[[], List[Tuple[Any, Any]]]] = {
        "dump": lambda: [(Dump(folder), True)],
        "dump.path": lambda: [(Dump(folder), str(folder))],
        "dump.steps": lambda: [(Dump(folder, steps="0|3-5"), "0|3-5")],
        "dump.mode": lambda: [(Dump(folder, mode=v), v) for v in choices],
        "dump.data": lambda: [(Dump(folder, data=v), v) for v in choices],
        "dump.layers": lambda: [(Dump(folder, layers=["a", "b/c"]), "a b/c")],
        "overflow_dump": lambda: [(OverflowDump(folder), True)],
        "overflow_dump.mode": lambda: [(OverflowDump(folder, mode=v), v) for v in choices],
        "profiling": lambda: [
            (Profiling(folder), option.type == "bool" or Profiling(folder).options())
        ],
        "hccl.parallel": lambda: [(Hccl(parallel=v), v) for v in choices],
        "hccl.multi_mode": lambda: [(Hccl(multi_mode="x"), "x")],
        "hccl.tailing_optimization": lambda: [(Hccl(tailing_optimization=v), v) for v in choices],
        "auto_tune": lambda: [(AutoTune(name), v) for name, v in MODES.items()],
        "auto_tune.work_path": lambda: [(AutoTune(work_path=folder), str(folder))],
        "auto_tune.config_file": lambda: [(AutoTune(config_file=files["aoe"]), str(files["aoe"]))],
    }
    if name in groups:
        for value, expected in groups[name]():
            yield AscendOptions(**{name.split(".")[0]: value}), expected
        return
    values: Tuple[Any, ...] = option.allowed or {
        "bool": (True, False),
        "int": (0, 7),
        "str": ("some text",),
        "file": (files.get(name, files["text"]),),
        "folder": (folder,),
    }[option.type]  # fmt: skip
    for value in values:
        if value is None:
            continue
        arguments: Dict[str, Any] = {name: value} if name else {"extra": {option.path: value}}
        if name == "mixlist":
            arguments["precision_mode"] = "allow_mix_precision"
        if value == "force_fp16":
            arguments["graph_run_mode"] = 0
        if option.path == "shape_generalization_mode":
            arguments["jit_compile"] = "true"
        if option.path == "optypelist_for_implmode":
            arguments["extra"]["op_select_implmode"] = "high_precision"
        is_path = option.type in ("file", "folder")
        yield AscendOptions(**arguments), str(value) if is_path else value


# An option of npu_run_context alone; see test_ascend_backend.py.
NOT_GLOBAL = "experimental.graph_memory_optimize_config.recompute"
KNOWN = [
    option
    for option in adapter_options().values()
    if option.removed is None and option.path != NOT_GLOBAL
]


@pytest.mark.parametrize("release", [OLD, NEW])
@pytest.mark.parametrize("option", KNOWN, ids=lambda option: option.path)
def test_every_option_reaches_the_adapter(
    option: AdapterOption, release: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = option.at(release)
    allowed = None if entry is None else entry.get("allowed")
    for options, expected in _options_for(option, tmp_path):
        monkeypatch.setattr(adapter, "_open", [])
        recorder = Recorder(release)
        if entry is None:
            with pytest.raises(AscendError, match="is not known to this npu_device: .* came with"):
                options.apply(recorder)
            assert recorder.calls == []
        elif allowed is not None and expected not in allowed:
            with pytest.raises(AscendError, match="was refused by npu_device.*not in optional"):
                options.apply(recorder)
        elif any(p.path != option.path and _is_new(p.path, release) for p in options.settings()):
            with pytest.raises(AscendError, match="is not known to this npu_device"):
                options.apply(recorder)
        else:
            options.apply(recorder)
            assert recorder.assigned()[option.path] == expected
            node = recorder.global_options()
            for part in option.path.split("."):
                node = getattr(node, part)
            sent = {True: "1", False: "0"}.get(expected) if isinstance(expected, bool) else None
            assert node.value == (sent or str(expected))


def _is_new(path: str, release: str) -> bool:
    return adapter_options()[path].at(release) is None
