"""Fine-tunes ALBERT with Keras' own `compile` and `fit`, on a list of strings.

    python examples/plain_fit.py --preset albert_tiny_en --epochs 10

Everything that a `Task` does for you is yours here: loss, optimizer, epochs, what a class means.
Prints Keras' progress, then two logits for each of the new texts:

    [[ 0.#### -0.####]
     [-0.####  0.####]]
"""

import argparse

import keras

import albert_zoo

TEXTS = ["a joy to watch", "dull and far too long", "the best film in years", "I fell asleep"]
LABELS = [1, 0, 1, 0]


def main() -> None:
    parser = argparse.ArgumentParser(description="Fine-tunes ALBERT without a Task.")
    parser.add_argument("--preset", default="albert_tiny_en", help="or albert_base_v2, or a folder")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--output", default="runs/plain_fit", help="an earlier preset is replaced")
    args = parser.parse_args()

    classifier = albert_zoo.AlbertClassifier.from_preset(args.preset, num_classes=2)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    classifier.compile(optimizer=albert_zoo.AdamW(2e-5), loss=loss, metrics=["accuracy"])
    classifier.fit(TEXTS, LABELS, batch_size=2, epochs=args.epochs)
    print(classifier.predict(["what a joy", "I left early"], verbose=0))
    classifier.save_to_preset(args.output, overwrite=True)


if __name__ == "__main__":
    main()
