"""What the divergence guard is held to, on real rows.

    python benchmarks/guard_bars.py --data glue/MRPC --output guard_bars.jsonl
    python benchmarks/guard_bars.py --data glue/MRPC --cost

A model of 12 layers, hidden 128, is fine-tuned from random weights on some rows of MRPC:

- with a learning rate that is far too high, without the guard: it says the same of every row;
- the same with `on_divergence="retry"`: it must not;
- with the recipe's rate and ten seeds, with the same guard. Where it intervened the same training
  is made without it: if that one says the same of every row too, the alarm was true, else it was
  false. There must be no false one.

A run that `--output` holds already is not made again. Exit code 1 if a bar is missed. `--cost`
measures in place of that what the guard adds to the time of a training.
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


def make_task(args, rate, seed):
    """Makes a task with an untrained model, and returns it with the rows to train on."""
    keras.backend.clear_session()
    keras.utils.set_random_seed(seed)
    rows = read_split(args.task, args.data, "train")
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
    return task, rows.head(args.rows)


def train(args, rate, guard, seed):
    """Trains once and returns what came of it."""
    task, rows = make_task(args, rate, seed)
    dev = read_split(args.task, args.data, "dev")
    start = time.perf_counter()
    task.fit(
        rows,
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


class StepTimes(keras.callbacks.Callback):
    """Takes the time from each step's end to the next one's, scoring and checks included."""

    def __init__(self):
        super().__init__()
        self.ends = []

    def on_train_batch_begin(self, batch, logs=None):
        """Notes when a step begins."""
        self.ends.append(time.perf_counter())

    def milliseconds(self, apart=20):
        """Returns the mean of a step, but for the first ones, which are compiled."""
        return 1000 * (self.ends[-1] - self.ends[apart]) / (len(self.ends) - 1 - apart)


def measure_cost(args):
    """Trains in turn with the guard and without, and prints what a step takes."""
    rate, found = recipe_for(args.task, "tiny").learning_rate, {True: [], False: []}
    dev = read_split(args.task, args.data, "dev").head(64)
    for guard in (True, False) * 2:
        (task, rows), times = make_task(args, rate, 0), StepTimes()
        task.fit(
            rows,
            validation_data=dev,
            epochs=args.epochs,
            batch_size=args.batch_size,
            guard=guard,
            checks=False,
            callbacks=[times],
            verbose=0,
        )
        found[guard].append(times.milliseconds())
        steps = len(times.ends)
        print(f"{'with' if guard else 'without':8} {found[guard][-1]:.2f} ms a step", flush=True)
    cost = min(found[True]) / min(found[False]) - 1
    print(f"{steps} steps: the guard adds {cost:+.1%} to the faster of two")


def deeds(result):
    """Names what the guard did in a run."""
    kinds = Counter(entry["kind"] for entry in result["interventions"])
    return ", ".join(f"{kind} {count}x" for kind, count in kinds.items()) or "nothing"


def answers(result):
    """Says how often a run chose each class for the rows of the development set."""
    return " ".join(f"{label}: {count}" for label, count in sorted(result["said"].items()))


def learned(result):
    """Says whether a run tells rows apart."""
    return len(result["said"]) > 1


def verdict(result, twin):
    """Says what the guard is to be thought of in a run at the recipe's rate."""
    if twin is None:
        return "nothing to say" if learned(result) else "not seen: one class, and no alarm"
    if learned(twin):
        return "FALSE alarm: without the guard it learns"
    return "true alarm, " + ("mended" if learned(result) else "not mended")


def print_table(rows):
    """Prints the runs.

    Args:
        rows: list of name, result with the guard or `None`, result without it or `None`, verdict.
    """
    print(f"\n{'run':<16} {'guard did':<26} {'classes with it':<18} {'without it':<18} verdict")
    for name, guarded, twin, what in rows:
        did = "" if guarded is None else deeds(guarded)
        said = ["" if each is None else answers(each) for each in (guarded, twin)]
        print(f"{name:<16} {did:<26} {said[0]:<18} {said[1]:<18} {what}")


def main():
    """Makes the runs that are missing, and compares them with the bars."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--task", default="mrpc")
    parser.add_argument("--data", default="../shared/data/glue/MRPC", help="folder of the task")
    parser.add_argument("--rows", type=int, default=256, help="to train on")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--batch-size", type=int, default=8)
    parser.add_argument("--bad-rate", type=float, default=3e-3)
    parser.add_argument("--seeds", type=int, nargs="*", default=list(range(10)))
    parser.add_argument("--output", default="guard_bars.jsonl", help="a line a run; is added to")
    parser.add_argument("--cost", action="store_true", help="measure the guard's time alone")
    args = parser.parse_args()
    if args.cost:
        measure_cost(args)
        return

    output = Path(args.output)
    output.parent.mkdir(parents=True, exist_ok=True)
    done = [json.loads(line) for line in output.read_text().splitlines()] if output.exists() else []
    setting = {name: getattr(args, name) for name in ("task", "rows", "epochs", "batch_size")}
    good_rate = recipe_for(args.task, "tiny").learning_rate

    def made(rate, guard, seed):
        key = {**setting, "rate": rate, "guard": guard, "seed": seed}
        result = next((r for r in done if {name: r[name] for name in key} == key), None)
        if result is None:
            result = {**key, **train(args, rate, guard, seed)}
            with open(output, "a") as file:
                file.write(json.dumps(result) + "\n")
            how = f"rate {rate:g}, seed {seed}, guard {guard or 'off'}"
            print(f"{how}: {answers(result)}, {result['seconds']:.0f} s", flush=True)
        return result

    plain, guarded = (made(args.bad_rate, guard, 0) for guard in (False, "retry"))
    what = "left the majority class" if learned(guarded) else "MISSED: still at one class"
    what = "MISSED: it learns without the guard" if learned(plain) else what
    rows = [(f"rate {args.bad_rate:g}", guarded, plain, what)]
    missed = "MISSED" in what
    alarms = Counter()
    for seed in args.seeds:
        result = made(good_rate, "retry", seed)
        twin = made(good_rate, False, seed) if result["interventions"] else None
        what = verdict(result, twin)
        alarms[what.split()[0]] += 1
        rows.append((f"{good_rate:g}, seed {seed}", result, twin, what))
    print_table(rows)
    print(
        f"\nAt the recipe's rate, {len(args.seeds)} seeds: {alarms['FALSE']} false alarms (0 are "
        f"demanded), {alarms['true']} true ones, {alarms['not']} collapses not seen."
    )
    sys.exit(bool(missed or alarms["FALSE"]))


if __name__ == "__main__":
    main()
