"""The original's text cleaning, for Python strings and for tensors."""

from __future__ import annotations

import functools
import re
import sys
import unicodedata
from types import ModuleType
from typing import TYPE_CHECKING, Any, Callable, List, Sequence

from albert_zoo.errors import require_extra

if TYPE_CHECKING:
    import tensorflow as tf

_SURROGATES = re.compile("[\ud800-\udfff]")
_REPLACEMENT = "\ufffd"
# A code point that no text holds and no vocabulary lists. It takes the place of NUL, which would
# end the string inside the SentencePiece op, and becomes the unknown piece just as NUL does.
_NONCHARACTER = "\U0010ffff"


def normalize(text: str, lowercase: bool = True) -> str:
    """Cleans a text as the original does before it is split into pieces.

    White space is trimmed and collapsed, characters are decomposed (NFKD), accents are dropped,
    and letters are lower-cased. Re-implements `preprocess_text` of google-research/albert
    tokenization.py. Half surrogate pairs, on which the original fails, become U+FFFD.

    Args:
        text: str.
        lowercase: bool. Whether to lower-case; the published vocabulary has no capitals.

    Returns:
        str. The cleaned text.

    Example:

    >>> normalize("  Crème  Brûlée\\n")
    'creme brulee'
    """
    text = " ".join(text.split())
    if not text.isascii():
        text = unicodedata.normalize("NFKD", _SURROGATES.sub(_REPLACEMENT, text))
        text = "".join([char for char in text if not unicodedata.combining(char)])
    return text.lower() if lowercase else text


def normalize_all(texts: Sequence[str], lowercase: bool = True) -> List[str]:
    """Cleans texts, all at once where they are ASCII; the same result as `normalize` of each.

    Args:
        texts: sequence of str.
        lowercase: as for `normalize`.

    Returns:
        list of str.

    Example:

    >>> normalize_all(["  The  Cat", "Brûlée"])
    ['the cat', 'brulee']
    """
    cleaned = [" ".join(text.split()) for text in texts]
    joined = "\n".join(cleaned)  # no text holds a line break any more
    if not joined.isascii():
        return [normalize(text, lowercase) for text in cleaned]
    return joined.lower().split("\n") if lowercase and cleaned else cleaned


def graph_normalize(texts: tf.Tensor, lowercase: bool = True) -> tf.Tensor:
    """Cleans a string tensor inside a TensorFlow graph; the same result as `normalize`.

    Two differences cannot be seen in the ids: NUL becomes another unknown character, and bytes
    that are not UTF-8 become U+FFFD. TensorFlow may decompose a few characters that are younger
    than Python's Unicode tables (`unicodedata.unidata_version`) and unknown to `normalize`.

    Args:
        texts: String tensor of any shape, UTF-8.
        lowercase: bool. Whether to lower-case.

    Returns:
        String tensor of the same shape.

    Raises:
        ImportError: `tensorflow-text` is not installed.

    Example:

    >>> import tensorflow as tf
    >>> graph_normalize(tf.constant(["  Crème  Brûlée "])).numpy().tolist()
    [b'creme brulee']
    """
    import tensorflow as tf

    texts = tf.strings.unicode_transcode(texts, "UTF-8", "UTF-8", errors="replace")
    texts = tf.strings.regex_replace(texts, r"\x00", _NONCHARACTER)
    texts = tf.strings.regex_replace(texts, _character_class(str.isspace) + "+", " ")
    texts = import_tensorflow_text().normalize_utf8(tf.strings.strip(texts), "NFKD")
    texts = tf.strings.regex_replace(texts, _character_class(unicodedata.combining), "")
    return tf.strings.lower(texts, encoding="utf-8") if lowercase else texts


def import_tensorflow_text() -> ModuleType:
    """Returns the module `tensorflow_text`, or says which extra brings it."""
    try:
        import tensorflow_text  # a statement: AutoGraph warns about importlib in traced code
    except ImportError:
        return require_extra("tensorflow_text", "text")
    return tensorflow_text


def check_strings(values: Sequence[Any], name: str) -> None:
    """Refuses anything but a sequence of strings, naming the first offender.

    Args:
        values: Sequence to look at.
        name: str. The argument's name, for the message.

    Raises:
        TypeError: an element is not a str, or `values` itself is one.
    """
    if isinstance(values, str):
        raise TypeError(f"`{name}` must be a sequence of strings. Received: the str {values!r}.")
    if set(map(type, values)) <= {str}:
        return
    for index, value in enumerate(values):
        if not isinstance(value, str):
            raise TypeError(
                f"`{name}` must hold strings only. Received: {name}[{index}]={value!r} of type "
                f"{type(value).__name__}. Drop or fill such rows first."
            )


@functools.cache
def _character_class(predicate: Callable[[str], Any]) -> str:
    """Writes the characters for which `predicate` holds as an RE2 class.

    RE2 has no class for either set that is needed here: Python's white space is wider than `\\s`,
    and `\\p{Mn}` is not the set of characters with a combining class.
    """
    codes = [code for code in range(sys.maxunicode + 1) if predicate(chr(code))]
    starts = [code for code, before in zip(codes, [-2, *codes]) if code != before + 1]
    ends = [code for code, after in zip(codes, [*codes[1:], -2]) if code != after - 1]
    ranges = (rf"\x{{{start:x}}}-\x{{{end:x}}}" for start, end in zip(starts, ends))
    return "[" + "".join(ranges) + "]"
