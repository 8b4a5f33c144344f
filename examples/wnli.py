"""Fine-tunes ALBERT on WNLI: whom does a pronoun mean?

    python examples/wnli.py --data glue --preset albert_tiny_en --output runs/wnli

Recipe for a base model: learning rate 2e-5, batches of 16 (ALBERT paper, Table 14), 3 epochs. The
development set repeats sentences of the train file with the other label, so that longer training
lowers the score; always answering 0 gives 0.5634.
Prints the scores on the development set, then where things are:

    {'accuracy': 0.####, 'loss': 0.####}
    runs/wnli/preset
    runs/wnli/WNLI.tsv
"""

import argparse
from pathlib import Path

import albert_zoo
from albert_zoo.glue import splits


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on WNLI.")
    parser.add_argument("--data", default="glue", help="folder of GLUE, or of WNLI")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/wnli", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task("wnli", args.preset)
    task.fit(args.data, epochs=args.epochs)
    print(task.evaluate(args.data))
    print(task.save_to_preset(Path(args.output, "preset"), overwrite=True))
    if "test" in splits("wnli", args.data):
        print(task.submission(args.data, args.output))


if __name__ == "__main__":
    main()
