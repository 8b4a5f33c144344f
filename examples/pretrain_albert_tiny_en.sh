#!/bin/sh
# Makes the preset albert_tiny_en from its corpus: vocabulary, records, three stages of training.
#
#   examples/pretrain_albert_tiny_en.sh CORPUS OUTPUT
#
# CORPUS holds the folders openstax/ (textbooks, CC BY 4.0) and novels/ (public domain), one
# paragraph a line. The layers share their weights, so that the first stage can train them two deep
# and the others go on with the same weights four deep. An interrupted script is started again and
# goes on where it stopped. The preset is OUTPUT/albert_tiny_en.
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

# What the preset that ships was made of. Another corpus makes another preset.
for expected in \
    '"vocabulary_sha256": "a038be1a19c47327269b156c4a8eb3daab6f023bd88f4bbdec2e01608278018f"' \
    '"data_sha256": "43cbb002d11ef0fecc7a3983e16bf7a1b19f2e4713171c013f0c6b74073d33bb"'; do
    grep -qF "$expected" "$output/data128/summary.json" ||
        echo "note: not the corpus of the preset that ships, which has $expected" >&2
done

albert-zoo pretrain --config "$here/albert_tiny_en_1.json" --data "$output/data64" \
    --output "$output/stage1"
for stage in 2 3; do
    albert-zoo pretrain --config "$here/albert_tiny_en_$stage.json" --data "$output/data128" \
        --preset "$output/stage$((stage - 1))/preset" --output "$output/stage$stage"
done
albert-zoo convert "$output/stage3/preset" "$output/albert_tiny_en" --to albert-zoo --float16 \
    --overwrite
python "$here/../benchmarks/held_out_scores.py" --preset "$output/albert_tiny_en" \
    --data "$output/data128"
