"""Fine-tunes ALBERT on MRPC: do two sentences say the same?

    python examples/mrpc.py --data glue --preset albert_tiny_en --output runs/mrpc

Recipe for a base model: learning rate 2e-5, batches of 32, 7 epochs, after run_glue.sh of
google-research/albert. Accuracy chooses the best epoch; F1 is that of class 1.
Prints the scores on the development set, then where things are:

    {'accuracy': 0.####, 'f1': 0.####, 'loss': 0.####}
    runs/mrpc/preset
    runs/mrpc/MRPC.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on MRPC.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of MRPC")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/mrpc", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("mrpc", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("mrpc", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
