"""Data of the presets that come with the package. No code: see `paths.preset_root()`."""
