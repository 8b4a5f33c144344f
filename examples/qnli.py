"""Fine-tunes ALBERT on QNLI: does a sentence answer a question?

    python examples/qnli.py --data glue --preset albert_tiny_en --output runs/qnli

Recipe for a base model: learning rate 1e-5, batches of 32, 3 epochs. Rate and batches are those
of google-research/albert run_glue.sh, which trains for 10 epochs; the train file has 104,743 rows.
Prints the scores on the development set, then where things are:

    {'accuracy': 0.####, 'loss': 0.####}
    runs/qnli/preset
    runs/qnli/QNLI.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on QNLI.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of QNLI")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/qnli", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("qnli", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("qnli", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
