"""The page of a preset on Hugging Face's hub, where its author wrote none."""

from __future__ import annotations

from albert_zoo.zoo.foreign import label_names
from albert_zoo.zoo.preset_folder import PresetFolder

_CARD = """\
---
{header}
---

# {name}

{description}

```python
import albert_zoo

model = albert_zoo.{loader}.from_preset("{address}")
```

| | |
|---|---|
{rows}

Written by albert_zoo.
"""


def model_card(preset: PresetFolder, address: str) -> str:
    """Words a short model card.

    Args:
        preset: `PresetFolder`.
        address: str, `hf://owner/name`.

    Returns:
        str, Markdown with the header that the hub reads.
    """
    task = preset.task_config or {}
    config, labels = preset.backbone_config, label_names(task)
    header = ["library_name: albert-zoo", "tags:", "- albert", "- keras"]
    licence = preset.metadata.get("licence")
    if licence:
        header.append(f"license: {str(licence).lower()}")
    if task:
        header.append("pipeline_tag: text-classification")
    loader = "Task" if "task" in task else "AlbertClassifier" if task else "AlbertBackbone"
    facts = {
        "layers": config.get("num_layers"),
        "hidden": config.get("hidden_dim"),
        "heads": config.get("num_heads"),
        "vocabulary": config.get("vocabulary_size"),
        "parameters": preset.metadata.get("parameter_count"),
        "labels": ", ".join(labels),
        "licence": licence,
        "paper": preset.metadata.get("paper"),
    }
    described = preset.metadata.get("description") or (
        "An ALBERT model, fine-tuned to classify texts." if task else "An ALBERT model."
    )
    return _CARD.format(
        header="\n".join(header),
        name=address.rpartition("/")[2],
        description=described,
        loader=loader,
        address=address,
        rows="\n".join(f"| {name} | {value} |" for name, value in facts.items() if value),
    )
