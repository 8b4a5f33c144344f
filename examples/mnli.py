"""Fine-tunes ALBERT on MNLI: does a sentence follow from another, contradict it, or neither?

    python examples/mnli.py --data glue --preset albert_tiny_en --output runs/mnli

Recipe for a base model: learning rate 2e-5, batches of 32, 3 epochs, the Model Garden's numbers.
The matched development and test sets have the train file's kinds of text, the mismatched others.
Prints the scores on both development sets, then where things are:

    {'accuracy': 0.####, 'loss': 0.####, 'mismatched_accuracy': 0.####, 'mismatched_loss': 0.####}
    runs/mnli/preset
    runs/mnli/MNLI-m.tsv
    runs/mnli/MNLI-mm.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on MNLI.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of MNLI")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/mnli", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("mnli", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    for split in [name for name in splits("mnli", args.data) if name.startswith("test")]:
        print(task.submission(args.data, args.output, split))


if __name__ == "__main__":
    main()
