"""How well a pre-trained preset guesses hidden words and the order of sentences in texts.

    python benchmarks/held_out_scores.py --preset albert_tiny_en --data some/text

The data is text, or a folder of `albert-zoo pretrain-data`, of which the held-out documents are
taken. Words are hidden as in pre-training, in runs of up to three, and again one at a time, 15 % of
the pieces both times. Also prints how long one sentence takes:

    hidden words   word loss   word accuracy   order accuracy   rows
    up to 3        #.###       0.###           0.###            ####
    single         #.###       0.###           0.###            ####
    one sentence of 16 tokens: #.# ms
"""

import argparse
import tempfile
import time
from pathlib import Path

import numpy as np

import albert_zoo
from albert_zoo.data import PretrainingRows, read_pretraining_records
from albert_zoo.pretraining import (
    DataSettings,
    HeldOutText,
    NgramMasking,
    PretrainingConfig,
    make_pretraining_data,
)
from albert_zoo.pretraining.pretraining_batches import mask_anew
from albert_zoo.pretraining.pretraining_run import compile_pretrainer


def records_of(data, tokenizer, length, folder):
    """Returns the record files that hold the text."""
    held_out = [file for path in data for file in sorted(Path(path).glob("held-out-*.tfrecord"))]
    if not held_out:
        settings = DataSettings(sequence_length=length, copies=1, held_out_rate=0.0)
        make_pretraining_data(data, tokenizer, folder, settings)
        held_out = sorted(Path(folder).glob("train-*.tfrecord"))
    return held_out


def milliseconds(model, length=16, times=200):
    """Returns the median time of one sentence through the compiled backbone."""
    import tensorflow as tf

    ids = tf.ones((1, length), tf.int32)
    inputs = {"token_ids": ids, "segment_ids": ids * 0, "padding_mask": ids}
    call = tf.function(lambda: model.backbone(inputs, training=False)["pooled_output"])
    call()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))


def main():
    """Scores the preset, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="albert_tiny_en", help="name or folder")
    parser.add_argument("--data", nargs="+", required=True, help="text, or a folder of records")
    parser.add_argument("--sequence-length", type=int, default=128, help="where it is text")
    parser.add_argument("--rows", type=int, default=4000, help="at the most")
    args = parser.parse_args()

    model = albert_zoo.AlbertPretrainer.from_preset(args.preset)
    compile_pretrainer(model, PretrainingConfig())
    tokenizer = model.preprocessor.tokenizer
    with tempfile.TemporaryDirectory() as folder:
        files = records_of(args.data, tokenizer, args.sequence_length, Path(folder, "records"))
        parts = [read_pretraining_records(file) for file in files]
        rows = PretrainingRows(*map(np.concatenate, zip(*parts)))
        scored = HeldOutText(files, batch_tokens=8192, most_rows=args.rows)
    rows = rows.take(slice(args.rows))
    print("hidden words   word loss   word accuracy   order accuracy   rows")
    for name, max_ngram in (("up to 3", 3), ("single", 1)):
        masking = NgramMasking(tokenizer.vocabulary_size, tokenizer.mask_id, max_ngram=max_ngram)
        scored.rows = mask_anew(rows, masking, np.random.default_rng(0))
        found = scored.score(model)
        print(
            f"{name:15}{found['mlm_loss']:<12.3f}{found['mlm_accuracy']:<16.3f}"
            f"{found['sop_accuracy']:<17.3f}{len(scored)}"
        )
    print(f"one sentence of 16 tokens: {milliseconds(model):.1f} ms")


if __name__ == "__main__":
    main()
