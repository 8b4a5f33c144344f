"""Fine-tunes ALBERT on STS-B: how alike are two sentences, from 0 to 5?

    python examples/stsb.py --data glue --preset albert_tiny_en --output runs/stsb

Recipe for a base model: learning rate 2e-5, batches of 16, 10 epochs, after run_glue.sh of
google-research/albert. A regression: one output, squared error, two correlations as scores.
Prints the scores on the development set, then where things are:

    {'pearson': 0.####, 'spearman': 0.####, 'loss': 0.####}
    runs/stsb/preset
    runs/stsb/STS-B.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on STS-B.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of STS-B")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/stsb", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("stsb", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("stsb", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
