"""What the divergence guard is held to, on real rows.

    python benchmarks/guard_bars.py --data glue/MRPC --output guard_bars.jsonl

A model of 12 layers, hidden 128, is fine-tuned from random weights on some rows of MRPC:

- with a learning rate that is far too high, without the guard: it says the same of every row;
- the same with `on_divergence="retry"`: it must not;
- with the recipe's rate and ten seeds, with the same guard: it must not intervene where the same
  training without it ends well; that one is made where it did intervene.

A run that `--output` holds already is not made again. Exit code 1 if a bar is missed.
"""

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path

import albert_zoo
from albert_zoo.glue import read_split, recipe_for
from albert_zoo.keras_api import keras
from albert_zoo.text.vocabulary import train_vocabulary

PIECES = 4000
LENGTH = 48  # tokens


def train(args, rate, guard, seed):
    """Trains once and returns what came of it."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    rows, dev = read_split(args.task, args.data, "train"), read_split(args.task, args.data, "dev")
    proto = train_vocabulary([*rows.texts, *(rows.text_pairs or [])], vocabulary_size=PIECES)
    backbone = albert_zoo.AlbertBackbone(
        vocabulary_size=PIECES,
        num_layers=12,
        num_heads=4,
        embedding_dim=128,
        hidden_dim=128,
        intermediate_dim=256,
        max_sequence_length=LENGTH,
    )
    tokenizer = albert_zoo.AlbertTokenizer(proto)
    preprocessor = albert_zoo.AlbertPreprocessor(tokenizer, LENGTH)
    classifier = albert_zoo.AlbertClassifier(backbone, 2, preprocessor=preprocessor)
    task = albert_zoo.Task(args.task, classifier)
    task.compile(learning_rate=rate)
    start = time.perf_counter()
    task.fit(
        rows.head(args.rows),
        epochs=args.epochs,
        batch_size=args.batch_size,
        seed=seed,
        guard=guard,
        verbose=0,
    )
    said = Counter(prediction.label for prediction in task.predict(dev))
    report = task.guard_report
    return {
        "said": dict(said),
        "scores": task.evaluate(dev, dev.labels),
        "interventions": [] if report is None else report.interventions,
        "attempts": 1 if report is None else report.attempt,
        "checks": [] if report is None else report.as_json()["checks"],
        "seconds": round(time.perf_counter() - start, 1),
    }


def show(result):
    """Prints a run as one line."""
    kinds = Counter(entry["kind"] for entry in result["interventions"])
    did = ", ".join(f"{kind} {count}x" for kind, count in kinds.items()) or "nothing"
    said = " ".join(f"{label}: {count}" for label, count in sorted(result["said"].items()))
    guard = result["guard"] or "none"
    print(
        f"rate {result['rate']:.0e}  seed {result['seed']}  guard {guard:7} did: {did:24} "
        f"dev rows by class: {said:18} accuracy {result['scores']['accuracy']:.3f}",
        flush=True,
    )


def main():
    """Makes the runs that are missing, and compares them with the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="mrpc")
    parser.add_argument("--data", default="../shared/data/glue/MRPC", help="folder of the task")
    parser.add_argument("--rows", type=int, default=256, help="to train on")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--bad-rate", type=float, default=3e-3)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--output", default="guard_bars.jsonl", help="a line a run; is added to")
    args = parser.parse_args()

    output = Path(args.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    setting = {name: getattr(args, name) for name in ("task", "rows", "epochs", "batch_size")}
    good_rate = recipe_for(args.task, "tiny").learning_rate
    runs = [(args.bad_rate, False, 0), (args.bad_rate, "retry", 0)]
    runs += [(good_rate, "retry", seed) for seed in range(args.seeds)]

    def made(rate, guard, seed):
        key = {**setting, "rate": rate, "guard": guard, "seed": seed}
        result = next((r for r in done if {name: r[name] for name in key} == key), None)
        if result is None:
            result = {**key, **train(args, rate, guard, seed)}
            with open(output, "a") as file:
                file.write(json.dumps(result) + "\n")
        show(result)
        return result

    plain, guarded, *good = [made(*run) for run in runs]
    # An intervention is false if the same training without the guard says more than one class.
    without = [made(good_rate, False, r["seed"]) for r in good if r["interventions"]]
    false_alarms = sum(len(result["said"]) > 1 for result in without)
    learned = sum(len(result["said"]) > 1 for result in good)
    print()
    print(f"plain run at {args.bad_rate:g}: says {len(plain['said'])} class(es); 1 is expected")
    print(f"guarded run at {args.bad_rate:g}: says {len(guarded['said'])} classes; 2 are demanded")
    print(f"recipe's rate: {len(without)} of {len(good)} runs had interventions")
    print(f"recipe's rate: {false_alarms} false interventions; 0 are demanded")
    print(f"recipe's rate: {learned} of {len(good)} runs say more than one class")
    sys.exit(len(plain["said"]) != 1 or len(guarded["said"]) < 2 or false_alarms > 0)


if __name__ == "__main__":
    main()
