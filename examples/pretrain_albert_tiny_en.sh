#!/bin/sh
# Makes the preset albert_tiny_en from its corpus: vocabulary, records, two stages of training.
#
#   examples/pretrain_albert_tiny_en.sh CORPUS OUTPUT
#
# CORPUS holds the folders openstax/ (textbooks, CC BY 4.0) and novels/ (public domain), one
# paragraph a line. The layers share their weights, so that the first stage can train them two deep
# and the second one goes on with the same weights four deep. An interrupted script is started again
# and goes on where it stopped.
set -eu
corpus=${1:?folder of the corpus} output=${2:?folder to write}
here=$(dirname "$0")

if [ ! -f "$output/vocabulary.model" ]; then
    albert-zoo train-tokenizer "$corpus/openstax" "$corpus/novels" \
        --output "$output/vocabulary.model" --vocabulary-size 8000
fi
for length in 64 128; do
    albert-zoo pretrain-data "$corpus/openstax" "$corpus/novels" \
        --vocabulary "$output/vocabulary.model" --output "$output/data$length" \
        --sequence-length $length --held-out-rate 0.02
done
albert-zoo pretrain --config "$here/albert_tiny_en_1.json" --data "$output/data64" \
    --output "$output/stage1"
albert-zoo pretrain --config "$here/albert_tiny_en_2.json" --data "$output/data128" \
    --preset "$output/stage1/preset" --output "$output/stage2"
python "$here/../benchmarks/held_out_scores.py" --preset "$output/stage2/preset" \
    --data "$output/data128"
