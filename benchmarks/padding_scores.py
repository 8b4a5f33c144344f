"""Scores of models trained without padding, and of the same models trained on padded rows.

    python benchmarks/padding_scores.py --data glue

A small model with random weights and dropout is trained on rows of SST-2 and of MRPC, with several
seeds, once with real tokens alone and once on padded rows. The two draw other dropout masks, so
that scores differ as from seed to seed. Prints the development set's score for each:

    task   rows   layout     mean    lowest   highest   seeds
    sst2   ####   unpadded   0.###   0.###    0.###     5
    sst2   ####   padded     0.###   0.###    0.###     5
"""

import argparse
import statistics
from pathlib import Path

import albert_zoo
from albert_zoo.glue import get_task, read_split
from albert_zoo.keras_api import keras

SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"
TASKS = ("sst2", "mrpc")


def score_of(task_name, train, dev, vocabulary, unpad, seed, epochs):
    """Trains a model and returns the task's main score on the development set."""
    keras.utils.clear_session()
    keras.utils.set_random_seed(seed)
    tokenizer = albert_zoo.AlbertTokenizer(vocabulary)
    backbone = albert_zoo.AlbertBackbone(
        vocabulary_size=tokenizer.vocabulary_size,
        num_layers=2,
        num_heads=4,
        embedding_dim=64,
        hidden_dim=128,
        intermediate_dim=256,
        dropout=0.1,
        max_sequence_length=128,
    )
    backbone.unpad = unpad
    preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, 128)
    classifier = albert_zoo.AlbertClassifier(backbone, 2, preprocessor=preprocessor)
    task = albert_zoo.Task(task_name, classifier)
    task.compile(learning_rate=1e-3)
    task.fit(train, epochs=epochs, batch_size=32, seed=seed, verbose=0, guard=False, checks=False)
    return task.evaluate(dev)[get_task(task_name).main_metric]


def main():
    """Runs the command."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=SHARED / "glue", help="folder of GLUE's tasks")
    parser.add_argument("--vocabulary", default=SHARED / "albert" / "30k-clean.model")
    parser.add_argument("--rows", type=int, default=3600, help="training rows of each task")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="1,200 rows, one epoch, three seeds")
    options = parser.parse_args()
    if options.quick:
        options.rows, options.epochs, options.seeds = 1200, 1, 3
    print("task   rows   layout     mean    lowest   highest   seeds")
    for name in TASKS:
        train, dev = (read_split(name, options.data, split) for split in ("train", "dev"))
        step = max(1, len(train) // options.rows)
        train = train.take(range(0, len(train), step)[: options.rows])
        for layout in ("unpadded", "padded"):
            scores = [
                score_of(
                    name, train, dev, options.vocabulary, layout == "unpadded", seed, options.epochs
                )
                for seed in range(options.seeds)
            ]
            print(
                f"{name}   {len(train):<5,}  {layout:<9}  {statistics.mean(scores):.3f}   "
                f"{min(scores):.3f}    {max(scores):.3f}     {len(scores)}",
                flush=True,
            )


if __name__ == "__main__":
    main()
