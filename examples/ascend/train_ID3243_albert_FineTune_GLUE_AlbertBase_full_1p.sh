#!/bin/bash
# ALBERT base on MNLI: a whole training on one NPU, with the arguments of Huawei's script.
# usage: bash train_ID3243_albert_FineTune_GLUE_AlbertBase_full_1p.sh --data_path=albert_data
set -euo pipefail

# shellcheck source=common.sh
source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/common.sh"

fine_tune_on_mnli albert_FineTune_GLUE_AlbertBase_ID3243_for_TensorFlow2.X albert_base 2e-5 3 acc "$@"
