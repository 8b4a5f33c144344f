"""Predicts GLUE's diagnostic set, AX, with an ALBERT fine-tuned on MNLI.

    python examples/ax.py --data glue --preset albert_tiny_en --output runs/ax

AX has no training rows, and its file holds no labels: GLUE's site scores the submission, by the
Matthews correlation. `--data` is the folder that holds both MNLI and AX (or diagnostic).
Prints MNLI's scores, then where things are:

    {'accuracy': 0.####, 'loss': 0.####, 'mismatched_accuracy': 0.####, 'mismatched_loss': 0.####}
    runs/ax/preset
    runs/ax/AX.tsv
"""

import argparse
from pathlib import Path

import albert_zoo


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on MNLI and predicts AX.")
    parser.add_argument("--data", default="glue", help="folder of GLUE")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's for MNLI")
    parser.add_argument("--output", default="runs/ax", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("mnli", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    diagnostic = albert_zoo.Task("ax", task.classifier)
    print(diagnostic.submission(args.data, args.output))


if __name__ == "__main__":
    main()
