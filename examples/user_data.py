"""Fine-tunes ALBERT on your own table: CSV, TSV or JSON lines, with a text and a label a row.

    python examples/user_data.py --data reviews.csv --text review --label stars

A tenth of the rows is held out to score on. Prints its scores at the best epoch, where the model
is, and what it says of one text:

    {'accuracy': 0.####, 'loss': 0.####}
    runs/user_data
    5 with probability 0.##
"""

import argparse

import albert_zoo


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT on your own table.")
    parser.add_argument("--data", default="reviews.csv", help="file; its first line names columns")
    parser.add_argument("--text", default="review", help="column of the text")
    parser.add_argument("--label", default="stars", help="column of the label")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, help="left out: the recipe's")
    parser.add_argument("--output", default="runs/user_data", help="an earlier preset is replaced")
    args = parser.parse_args()

    task = albert_zoo.Task.from_columns(args.text, args.label, classifier=args.preset)
    task.fit(args.data, validation_data=0.1, epochs=args.epochs)
    print(task.dev_score.best_scores)
    print(task.save_to_preset(args.output, overwrite=True))
    again = albert_zoo.Task.from_preset(args.output)
    (prediction,) = again.predict(["I would buy it again."])
    print(f"{prediction.label} with probability {prediction.probability:.2f}")


if __name__ == "__main__":
    main()
