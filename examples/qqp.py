"""Fine-tunes ALBERT on QQP: do two questions ask the same?

    python examples/qqp.py --data glue --preset albert_tiny_en --output runs/qqp

Recipe for a base model: learning rate 2e-5, batches of 32, 3 epochs, the Model Garden's numbers;
the authors' batches of 128 need more memory. The reader leaves out a few broken rows and says so.
Prints the scores on the development set, then where things are:

    {'accuracy': 0.####, 'f1': 0.####, 'loss': 0.####}
    runs/qqp/preset
    runs/qqp/QQP.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on QQP.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of QQP")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/qqp", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("qqp", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("qqp", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
