"""Fine-tunes ALBERT on RTE: does a sentence follow from another?

    python examples/rte.py --data glue --preset albert_tiny_en --output runs/rte

Recipe for a base model: learning rate 3e-5, batches of 32, 10 epochs, after run_glue.sh of
google-research/albert. Texts are long, so they get 256 tokens.
Prints the scores on the development set, then where things are:

    {'accuracy': 0.####, 'loss': 0.####}
    runs/rte/preset
    runs/rte/RTE.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on RTE.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of RTE")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/rte", help="an earlier preset is replaced")
    args = parser.parse_args()

    classifier = albert_zoo.AlbertClassifier.from_preset(args.preset, 2, sequence_length=256)
    task = albert_zoo.Task("rte", classifier)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("rte", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
