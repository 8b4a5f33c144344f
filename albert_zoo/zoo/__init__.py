"""Presets: which exist, where they lie, how a folder is read and written."""

from albert_zoo.zoo.convert import convert as convert
from albert_zoo.zoo.hubs.upload import upload_preset as upload_preset
from albert_zoo.zoo.preset_folder import PresetFolder as PresetFolder
from albert_zoo.zoo.preset_io import read_preset as read_preset
from albert_zoo.zoo.preset_io import write_preset as write_preset
from albert_zoo.zoo.registry import find_preset as find_preset
from albert_zoo.zoo.registry import list_presets as list_presets

__all__ = [
    "PresetFolder",
    "convert",
    "find_preset",
    "list_presets",
    "read_preset",
    "upload_preset",
    "write_preset",
]
