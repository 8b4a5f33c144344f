"""What counting words tells a model before it is trained: a start that saves the first hours."""

from __future__ import annotations

from typing import Any, Iterable, Tuple

import numpy as np

from albert_zoo.data import PretrainingRows

_WINDOW = 5  # pieces to each side
_SMOOTHING = 0.75  # of the contexts' frequencies, as in word2vec
_MORE_DIRECTIONS = 30  # beyond those asked for, in the randomized decomposition
_ROUNDS = 5
LARGEST_VOCABULARY = 16_384  # pieces: its table of counts takes 1 GB


def count_words(
    parts: Iterable[PretrainingRows], vocabulary_size: int, first_piece: int
) -> Tuple[np.ndarray, np.ndarray]:
    """Counts pieces, and pairs of pieces that stand near each other.

    Args:
        parts: iterable of `PretrainingRows`.
        vocabulary_size: int, at most 16,384.
        first_piece: int. Ids below it, of control symbols, are not counted.

    Returns:
        `(counts, pairs)`: float32 arrays `(vocabulary_size,)` and `(vocabulary_size,
        vocabulary_size)`. A pair at distance `d` of up to 5 pieces counts `1 / d`.

    Raises:
        ValueError: the vocabulary is too large.
    """
    if vocabulary_size > LARGEST_VOCABULARY:
        raise ValueError(
            f"`word_statistics` needs a vocabulary of at most {LARGEST_VOCABULARY:,} pieces. "
            f"Received: {vocabulary_size:,}. Turn it off."
        )
    counts = np.zeros(vocabulary_size, "float32")
    pairs = np.zeros(vocabulary_size**2, "float32")
    for rows in parts:
        ids = restored_ids(rows)
        counted = (ids >= first_piece) & (rows.padding_mask > 0)
        counts += np.bincount(ids[counted], minlength=vocabulary_size)
        for distance in range(1, _WINDOW + 1):
            left, right = ids[:, :-distance], ids[:, distance:]
            near = counted[:, :-distance] & counted[:, distance:]
            near &= rows.segment_ids[:, :-distance] == rows.segment_ids[:, distance:]
            keys = left[near].astype("int64") * vocabulary_size + right[near]
            found, times = np.unique(keys, return_counts=True)
            pairs[found] += (times / distance).astype("float32")
    table = pairs.reshape(vocabulary_size, vocabulary_size)
    table += table.T.copy()
    return counts, table


def restored_ids(rows: PretrainingRows) -> np.ndarray:
    """Returns the ids with what was hidden put back, int32 `(num_rows, sequence_length)`."""
    ids = rows.token_ids.copy()
    index, places = np.nonzero(rows.mask_weights)
    ids[index, rows.mask_positions[index, places]] = rows.mask_ids[index, places]
    return ids


def word_vectors(pairs: np.ndarray, width: int, random: np.random.Generator) -> np.ndarray:
    """Makes vectors in which pieces of like surroundings are alike.

    They are the leading singular directions of the positive pointwise mutual information of the
    pairs, turned at random so that no direction counts more than another, each row of mean square 1
    ([Levy and Goldberg, 2014](https://papers.nips.cc/paper/5477)).

    Args:
        pairs: float32 array `(vocabulary_size, vocabulary_size)`, as `count_words` gives it. It is
            overwritten.
        width: int. Numbers in a vector.
        random: `numpy.random.Generator`.

    Returns:
        float32 array `(vocabulary_size, width)`. Rows of pieces without a pair are random.

    Example:

    >>> pairs = np.random.default_rng(0).random((40, 40)).astype("float32")
    >>> word_vectors(pairs, 8, np.random.default_rng(0)).shape
    (40, 8)
    """
    vocabulary_size = len(pairs)
    totals = pairs.sum(axis=1)
    shares = totals**_SMOOTHING
    shares /= max(float(shares.sum()), 1e-9)
    information = pairs  # in place: the table is large
    information /= np.maximum(totals, 1e-9)[:, None]
    information /= np.maximum(shares, 1e-9)[None, :]
    np.log(np.maximum(information, 1.0, out=information), out=information)

    start = random.standard_normal(
        (vocabulary_size, min(vocabulary_size, width + _MORE_DIRECTIONS))
    )
    basis, _ = np.linalg.qr(information @ start.astype("float32"))
    for _ in range(_ROUNDS):
        basis, _ = np.linalg.qr(information.T @ basis)
        basis, _ = np.linalg.qr(information @ basis)
    left, strengths, _ = np.linalg.svd(basis.T @ information, full_matrices=False)
    vectors = (basis @ left)[:, :width] * np.sqrt(strengths[:width])
    if vectors.shape[1] < width:
        vectors = np.pad(vectors, ((0, 0), (0, width - vectors.shape[1])))
    rotation, _ = np.linalg.qr(random.standard_normal((width, width)))
    vectors = vectors @ rotation.astype("float32")
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    unknown = norms[:, 0] < 1e-3
    vectors = vectors / np.maximum(norms, 1e-3) * np.sqrt(width)
    vectors[unknown] = random.standard_normal((int(unknown.sum()), width))
    return vectors.astype("float32")


def waves(num_positions: int, width: int) -> np.ndarray:
    """Returns sines and cosines of positions, of mean square 1.

    With them nearness is a simple function of two positions, which random vectors have to learn
    ([Vaswani et al., 2017](https://arxiv.org/abs/1706.03762)).

    Args:
        num_positions: int.
        width: int.

    Returns:
        float32 array `(num_positions, width)`.

    Example:

    >>> float(round((waves(64, 8) ** 2).mean(), 3))
    1.0
    """
    rates = 10_000.0 ** (-2.0 * (np.arange(width) // 2) / width)
    angles = np.arange(num_positions)[:, None] * rates
    table = np.where(np.arange(width) % 2, np.cos(angles), np.sin(angles))
    return (np.sqrt(2.0) * table).astype("float32")


def start_from_statistics(
    model: Any, parts: Iterable[PretrainingRows], first_piece: int, seed: int
) -> None:
    """Sets the tables of a fresh model from counts of words.

    Token vectors come from `word_vectors`, positions from `waves`, both as large as the random ones
    that they replace, and the output bias is the logarithm of each piece's frequency.

    Args:
        model: `AlbertPretrainer`.
        parts: iterable of `PretrainingRows`.
        first_piece: int. Ids below it are of control symbols.
        seed: int.
    """
    backbone = model.backbone
    scale = backbone.initializer_range
    random = np.random.default_rng(seed)
    counts, pairs = count_words(parts, backbone.vocabulary_size, first_piece)
    vectors = word_vectors(pairs, backbone.embedding_dim, random)
    positions = waves(backbone.max_sequence_length, backbone.embedding_dim)
    backbone.embeddings.token_embedding.embeddings.assign(scale * vectors)
    backbone.embeddings.position_embedding.embeddings.assign(scale * positions)
    frequencies = (counts + 1.0) / (counts.sum() + len(counts))
    bias = np.log(frequencies) - np.log(frequencies).mean()
    model.mlm_head.output_bias.assign(bias.astype("float32"))
