"""Presets of ours on Hugging Face's hub: what others read with `from_preset("hf://owner/name")`."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Dict, List, Optional

from albert_zoo.checkpoints.files import listing
from albert_zoo.downloads import is_offline
from albert_zoo.errors import ConversionError, UploadError, require_extra
from albert_zoo.zoo.foreign import checkpoint_from_preset
from albert_zoo.zoo.hubs.hub_access import hub_endpoint, hub_token
from albert_zoo.zoo.hubs.hub_address import HubAddress
from albert_zoo.zoo.hubs.model_card import model_card
from albert_zoo.zoo.preset_folder import PresetFolder
from albert_zoo.zoo.preset_io import FILES, WEIGHTS, read_preset

_CARD = "README.md"


def upload_preset(
    uri: str,
    folder: Any,
    private: bool = False,
    commit_message: str = "Upload a preset of albert_zoo",
    token: Optional[str] = None,
) -> str:
    """Uploads a preset folder to Hugging Face's hub, as one commit.

    Needs `albert-zoo[hub]`. The files of the preset go up as they are, and no others that may lie
    in the folder. A short model card is added where neither folder nor repository has a README.md.

    Args:
        uri: str, `hf://owner/name`. The repository is made if there is none.
        folder: path of a preset folder that `save_to_preset` wrote, with its weights.
        private: bool. Whether a new repository is for its owner alone.
        commit_message: str.
        token: str that may write there. By default `HF_TOKEN`, or that of `hf auth login`.

    Returns:
        str, the address to give to `from_preset`.

    Raises:
        ImportError: the extra is not installed.
        PresetNotFoundError: the address is not of the form.
        ConversionError: the folder is no preset of ours, or its weights do not fit.
        UploadError: the hub refused, or could not be reached.

    Example:

    >>> upload_preset("hf://me/albert-mrpc", "runs/mrpc/preset")  # doctest: +SKIP
    'hf://me/albert-mrpc'
    """
    address = HubAddress.parse(uri)
    if address != HubAddress(address.repository):
        raise UploadError(
            f"`uri` must name a repository alone, as in hf://owner/name. Received: {uri!r}. "
            "Leave out revision and folder."
        )
    folder = Path(folder)
    preset = _checked(folder)
    if is_offline():
        raise UploadError(
            f"Nothing is uploaded while `ALBERT_ZOO_OFFLINE` is set. Received: {uri!r}. Unset it."
        )
    hub = require_extra("huggingface_hub", "hub")
    files: Dict[str, Any] = {name: str(folder / name) for name in _present(folder)}
    api = hub.HfApi(endpoint=hub_endpoint(), token=token or hub_token())
    repository = address.repository
    try:
        api.create_repo(repository, private=private, exist_ok=True)
        if _CARD not in files and not api.file_exists(repository, _CARD):
            files[_CARD] = model_card(preset, str(address)).encode("utf-8")
        additions = [hub.CommitOperationAdd(name, content) for name, content in files.items()]
        api.create_commit(repository, additions, commit_message=commit_message)
    except Exception as error:  # of huggingface_hub and the libraries that it uses
        reason = " ".join(str(error).split()) or type(error).__name__
        raise UploadError(
            f"Could not upload {folder} to {address}: {reason.rstrip('.')}. Check the name, and "
            "that `token` or `HF_TOKEN` holds a token that may write there."
        ) from error
    return str(address)


def _checked(folder: Path) -> PresetFolder:
    preset = read_preset(folder)
    if preset.format != "albert-zoo":
        raise ConversionError(
            f"`folder` must be a preset of albert_zoo. Received: {folder}, of the format "
            f"{preset.format}. Convert it with `albert-zoo convert`."
        )
    if preset.backbone_arrays is None:
        raise ConversionError(
            f"`folder` must hold {WEIGHTS}. Received: {folder}, which holds {listing(folder)}. "
            "Give a folder that `save_to_preset` wrote."
        )
    checkpoint_from_preset(preset, str(folder))  # weights and configuration fit one to one
    return preset


def _present(folder: Path) -> List[str]:
    return [name for name in (*FILES, _CARD) if (folder / name).is_file()]
