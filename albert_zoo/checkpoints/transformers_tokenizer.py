"""The tokenizer files of a Hugging Face folder: `tokenizer_config.json` and `tokenizer.json`.

transformers can make a tokenizer of `spiece.model` alone, but that one leaves out ALBERT's rule for
a comma after a digit, begins a new word at signs such as `.` and `-`, and gives no segment ids: on
GLUE and Wikipedia text two rows in five get other ids than the model was trained with. Given
`tokenizer.json`, `AutoTokenizer` follows it to the letter.
"""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Tuple

from albert_zoo.checkpoints.files import read_json, write_json
from albert_zoo.checkpoints.sentencepiece_model import (
    CONTROL,
    NORMAL,
    UNKNOWN,
    USER_DEFINED,
    SentencePieceModel,
    parse_sentencepiece,
    serialize_sentencepiece,
)

CONFIG = "tokenizer_config.json"
TOKENIZER = "tokenizer.json"

_SPECIAL = {
    "bos_token": "[CLS]",
    "eos_token": "[SEP]",
    "unk_token": "<unk>",
    "sep_token": "[SEP]",
    "pad_token": "<pad>",
    "cls_token": "[CLS]",
    "mask_token": "[MASK]",
}
_NEVER = 1000.0  # below the lowest score; the longest piece has 16 signs of about -14 each
_LARGEST = 1e30  # no float32 is infinite
_SPACE = {"replacement": "\u2581", "prepend_scheme": "always", "split": True}


def read_tokenizer_config(folder: Path) -> Tuple[Dict[str, Any], List[str]]:
    """Reads what `tokenizer_config.json` says of the text, if it is there.

    Args:
        folder: path.

    Returns:
        tuple of the arguments for `AlbertTokenizer` that it states, and notes.

    Raises:
        ConversionError: the file is damaged.
    """
    path = folder / CONFIG
    values = read_json(path) if path.is_file() else {}
    notes = []
    if values.get("keep_accents") is True:
        notes.append(
            f"{path} says keep_accents; the tokenizer drops accents, as the original ALBERT does. "
            "Texts with accents get other ids."
        )
    lowercase = values.get("do_lower_case")
    return ({"lowercase": lowercase} if isinstance(lowercase, bool) else {}), notes


def rebuilt_vocabulary(folder: Path) -> Optional[bytes]:
    """Makes a SentencePiece model of `tokenizer.json`.

    transformers 5 saves no `spiece.model`, and all of it is there: pieces, scores, and the table
    by which text is normalized. SentencePiece scores what it keeps apart in every text with 0.

    Args:
        folder: path.

    Returns:
        bytes of the model, or `None` if the file is not there or is no unigram tokenizer.

    Raises:
        ConversionError: the file is damaged.
    """
    path = folder / TOKENIZER
    values = read_json(path) if path.is_file() else {}
    try:
        rows = values["model"]["vocab"]
        if values["model"]["type"] != "Unigram" or not rows:
            return None
        texts, scores = [str(text) for text, _ in rows], [float(score) for _, score in rows]
        if not all(abs(score) < _LARGEST for score in scores):  # NaN is not either
            return None
        steps = values["normalizer"].get("normalizers", [values["normalizer"]])
        tables = [step["precompiled_charsmap"] for step in steps if step["type"] == "Precompiled"]
        table = base64.b64decode(tables[0]) if tables and tables[0] else b""
        types = [_type_of(text, score) for text, score in zip(texts, scores)]
        return serialize_sentencepiece(SentencePieceModel(texts, scores, types, table))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        return None


def _type_of(text: str, score: float) -> int:
    if text == _SPECIAL["unk_token"]:
        return UNKNOWN
    if text in _SPECIAL.values():
        return CONTROL
    return USER_DEFINED if score == 0 else NORMAL


def write_tokenizer(
    folder: Path, vocabulary: bytes, tokenizer_config: Mapping[str, Any], longest: int
) -> None:
    """Writes both files, with which `AutoTokenizer` gives the ids that `AlbertTokenizer` gives.

    Only a `[MASK]` or the like that is written in a text is taken for the special piece, as
    transformers' users expect.

    Args:
        folder: path of an existing folder.
        vocabulary: bytes of the SentencePiece model. Where they are none, or not a unigram model,
            `tokenizer.json` is left out.
        tokenizer_config: arguments of `AlbertTokenizer`.
        longest: int, tokens of the longest row that the model takes.
    """
    lowercase = tokenizer_config.get("lowercase", True)
    model = parse_sentencepiece(vocabulary)
    has_special = model is not None and set(model.texts) >= set(_SPECIAL.values())
    values = {
        "tokenizer_class": "PreTrainedTokenizerFast" if has_special else "AlbertTokenizer",
        "do_lower_case": lowercase,
        "keep_accents": False,
        "model_max_length": longest,
        # Without this `tokenizer(first, second)` gives no segment ids.
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **_SPECIAL,
    }
    write_json(folder / CONFIG, values)
    if model is not None and has_special:
        text = json.dumps(_tokenizer(model, lowercase), ensure_ascii=False)
        (folder / TOKENIZER).write_text(text, encoding="utf-8")


def _tokenizer(model: SentencePieceModel, lowercase: bool) -> Dict[str, Any]:
    """Writes ALBERT's tokenizer in the words of huggingface/tokenizers."""
    ids = {text: number for number, text in enumerate(model.texts)}
    typed = list(zip(model.texts, model.types))
    special = [text for text, kind in typed if kind in (CONTROL, UNKNOWN)]
    symbols = sorted((text for text, kind in typed if kind == USER_DEFINED), key=len)[::-1]
    normalizers: List[Dict[str, Any]] = [{"type": "NFKD"}, {"type": "StripAccents"}]
    if lowercase:
        normalizers.append({"type": "Lowercase"})
    if model.character_map:
        table = base64.b64encode(model.character_map).decode("ascii")
        normalizers.append({"type": "Precompiled", "precompiled_charsmap": table})
    splits: List[Dict[str, Any]] = [{"type": "WhitespaceSplit"}, {"type": "Metaspace", **_SPACE}]
    if symbols:  # SentencePiece keeps them apart wherever they stand
        pattern = {"Regex": "|".join(re.escape(symbol) for symbol in symbols)}
        splits.append(
            {"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}
        )
    lowest = min(model.scores)
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [_added(text, ids[text]) for text in special],
        "normalizer": {"type": "Sequence", "normalizers": normalizers},
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": splits},
        "post_processor": _template(ids),
        "decoder": {"type": "Metaspace", **_SPACE},
        "model": {
            "type": "Unigram",
            "unk_id": ids["<unk>"],
            "vocab": [
                [text, lowest - _NEVER if _is_split_again(text) else score]
                for text, score in zip(model.texts, model.scores)
            ],
            "byte_fallback": False,
        },
    }


def _is_split_again(piece: str) -> bool:
    """Whether the original splits the comma off (`encode_pieces`); here the piece never wins."""
    return len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit()


def _added(text: str, number: int) -> Dict[str, Any]:
    return {
        "id": number,
        "content": text,
        "single_word": False,
        "lstrip": text == "[MASK]",
        "rstrip": False,
        "normalized": False,
        "special": True,
    }


def _template(ids: Mapping[str, int]) -> Dict[str, Any]:
    def special(text: str, segment: int) -> Dict[str, Any]:
        return {"SpecialToken": {"id": text, "type_id": segment}}

    def texts(name: str, segment: int) -> Dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": segment}}

    single = [special("[CLS]", 0), texts("A", 0), special("[SEP]", 0)]
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, texts("B", 1), special("[SEP]", 1)],
        "special_tokens": {
            text: {"id": text, "ids": [ids[text]], "tokens": [text]} for text in ("[CLS]", "[SEP]")
        },
    }
