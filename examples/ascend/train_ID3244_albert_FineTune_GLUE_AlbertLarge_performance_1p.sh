#!/bin/bash
# ALBERT large on MNLI: the speed of one NPU, in epochs of 1,000 steps, as Huawei's script.
# usage: bash train_ID3244_albert_FineTune_GLUE_AlbertLarge_performance_1p.sh --data_path=albert_data
set -euo pipefail

# shellcheck source=common.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/common.sh"

fine_tune_on_mnli albert_FineTune_GLUE_AlbertLarge_ID3244_for_TensorFlow2.X albert_large 4e-6 3 perf "$@"
