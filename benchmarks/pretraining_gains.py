"""What pre-training brings: a preset against the same geometry from random weights, on GLUE.

    python benchmarks/pretraining_gains.py --preset albert_tiny_en --data glue --output gains.jsonl

Every run follows the task's recipe for the model's size, with the same seeds for both starts, and
is scored by the development set after its last epoch. A run that `--output` holds already is not
made again, so that an interrupted benchmark goes on. Prints a table of medians, with the lowest and
the highest score in brackets:

    task   score     pre-trained             random weights          gain
    stsb   pearson   0.### [0.### - 0.###]   0.### [0.### - 0.###]   +0.###
"""

import argparse
import json
import statistics
import time
from pathlib import Path

import albert_zoo
from albert_zoo.keras_api import keras

FOLDERS = {"sst2": "SST-2", "mrpc": "MRPC", "cola": "CoLA", "stsb": "STS-B", "rte": "RTE"}
SCORES = {
    "sst2": "accuracy",
    "mrpc": "f1",
    "cola": "matthews",
    "stsb": "pearson",
    "rte": "accuracy",
}
STARTS = ("pretrained", "random")


def score(args, task_name, start, seed):
    """Fine-tunes once and returns the scores after the last epoch."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    num_classes = 1 if task_name == "stsb" else 2
    classifier = albert_zoo.AlbertClassifier.from_preset(
        args.preset, num_classes=num_classes, load_weights=start == "pretrained"
    )
    task = albert_zoo.Task(task_name, classifier)
    task.compile(learning_rate=args.learning_rate)
    begin = time.perf_counter()
    task.fit(
        str(Path(args.data, FOLDERS[task_name])),
        seed=seed,
        epochs=args.epochs,
        keep_best=False,
        verbose=0,
    )
    scores = task.evaluate(str(Path(args.data, FOLDERS[task_name])))
    return {**scores, "seconds": time.perf_counter() - begin}


def print_table(results, tasks):
    """Prints medians and spreads."""
    print(f"{'task':7}{'score':10}{'pre-trained':26}{'random weights':26}gain")
    for task in tasks:
        medians, cells = [], []
        for start in STARTS:
            found = [r[SCORES[task]] for r in results if (r["task"], r["start"]) == (task, start)]
            if found:
                medians.append(statistics.median(found))
                cells.append(f"{medians[-1]:.3f} [{min(found):.3f} - {max(found):.3f}]")
        if len(medians) == 2:
            gain = f"{medians[0] - medians[1]:+.3f}"
            print(f"{task:7}{SCORES[task]:10}{cells[0]:26}{cells[1]:26}{gain}")


def main():
    """Runs what is not there yet, and prints the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="albert_tiny_en", help="name or folder")
    parser.add_argument("--data", default="glue", help="folder with the folders of the tasks")
    parser.add_argument("--tasks", nargs="+", default=["sst2", "mrpc", "cola", "stsb"])
    parser.add_argument("--seeds", type=int, default=5, help="runs of each")
    parser.add_argument("--starts", nargs="+", choices=STARTS, default=STARTS)
    parser.add_argument("--epochs", type=int, help="instead of the recipe's")
    parser.add_argument("--learning-rate", type=float, help="instead of the recipe's")
    parser.add_argument("--output", default="gains.jsonl", help="a line a run; is added to")
    args = parser.parse_args()

    output = Path(args.output)
    results = []
    if output.is_file():
        results = [json.loads(line) for line in output.read_text().splitlines()]
    settings = {"preset": args.preset, "epochs": args.epochs, "rate": args.learning_rate}
    results = [r for r in results if {k: r[k] for k in settings} == settings]
    for task in args.tasks:
        for seed in range(args.seeds):
            for start in args.starts:
                key = {"task": task, "seed": seed, "start": start}
                if any(all(r[k] == v for k, v in key.items()) for r in results):
                    continue
                result = {**settings, **key, **score(args, task, start, seed)}
                results.append(result)
                with open(output, "a") as file:
                    file.write(json.dumps(result) + "\n")
                print(task, seed, start, f"{result[SCORES[task]]:.4f}", flush=True)
    print_table(results, args.tasks)


if __name__ == "__main__":
    main()
