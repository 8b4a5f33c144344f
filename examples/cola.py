"""Fine-tunes ALBERT on CoLA: is a sentence good English?

    python examples/cola.py --data glue --preset albert_tiny_en --output runs/cola

Recipe for a base model: learning rate 1e-5, batches of 16, 10 epochs, after run_glue.sh of
google-research/albert. The score is the Matthews correlation: 0 is guessing, 1 is perfect.
Prints the scores on the development set, then where things are:

    {'matthews': 0.####, 'loss': 0.####}
    runs/cola/preset
    runs/cola/CoLA.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on CoLA.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of CoLA")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/cola", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("cola", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("cola", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
