# What the four training scripts share. It is sourced: `fine_tune_on_mnli NETWORK MODEL RATE EPOCHS
# KIND ARGUMENTS...`, where KIND is `acc` for a whole training and `perf` for a measurement.
# shellcheck shell=bash

readonly EXAMPLES_ASCEND=${BASH_SOURCE[0]%/*}
readonly STEPS_OF_AN_EPOCH=98175  # MNLI in batches of 4

usage() {
  cat << END
usage: bash ${0##*/} --data_path=FOLDER [--flag=value ...]

FOLDER holds MNLI_dataset (MNLI_train.tf_record, MNLI_eval.tf_record, MNLI_meta_data) and $1
(albert_config.json, bert_model.ckpt.*). Results go to output/\$ASCEND_DEVICE_ID, here.

  --precision_mode=MODE       allow_mix_precision
  --use_mixlist=BOOL          True; --mixlist_file=FILE: albert, the list that albert_zoo brings
  --fusion_off_flag=BOOL      False; --fusion_off_file=FILE: albert, the rules that it brings
  --over_dump=BOOL            False; --over_dump_path=FOLDER: output/overflow_dump
  --data_dump_flag=BOOL       False; --data_dump_path=FOLDER: output/data_dump
  --data_dump_step=STEPS      10
  --profiling=BOOL            False; --profiling_dump_path=FOLDER: output/profiling
  --auto_tune=BOOL            False
  --device=npu|cpu            npu
  --max_steps=N               stop after so many steps
  --help                      this text
END
}

fine_tune_on_mnli() {
  local network=$1 model=$2 learning_rate=$3 epochs=$4 kind=$5
  shift 5
  local batch_size=4 here=$PWD data_path="" max_steps="" argument value status=0
  local -A flags=(
    [precision_mode]=allow_mix_precision [use_mixlist]=True [mixlist_file]=albert
    [fusion_off_flag]=False [fusion_off_file]=albert
    [over_dump]=False [over_dump_path]=$here/output/overflow_dump
    [data_dump_flag]=False [data_dump_path]=$here/output/data_dump [data_dump_step]=10
    [profiling]=False [profiling_dump_path]=$here/output/profiling
    [auto_tune]=False [device]=npu
  )
  for argument in "$@"; do
    value=${argument#*=}
    case $argument in
      --help | --h | -h) usage "$model"; return 0 ;;
      --data_path=*) data_path=$value ;;
      --max_steps=*) max_steps=$value ;;
      --*=*)
        argument=${argument%%=*}
        if [[ -z ${flags[${argument#--}]+known} ]]; then
          echo "[Error] unknown para \"$argument\", see --help" >&2
          return 2
        fi
        flags[${argument#--}]=$value
        ;;
      *) echo "[Error] unknown para \"$argument\", see --help" >&2; return 2 ;;
    esac
  done
  if [[ -z $data_path ]]; then
    echo '[Error] para "data_path" must be config' >&2
    return 1
  fi

  export RANK_SIZE=1 NPU_LOOP_SIZE=1 ASCEND_DEVICE_ID=${ASCEND_DEVICE_ID:-0}
  export PYTHONPATH=$EXAMPLES_ASCEND/../..${PYTHONPATH:+:$PYTHONPATH}
  local output=$here/output/$ASCEND_DEVICE_ID
  local log=$output/train_$ASCEND_DEVICE_ID.log
  local case_name=${network}_bs${batch_size}_${RANK_SIZE}p_${kind}
  local losses=$output/train_${case_name}_loss.txt results=$output/$case_name.log
  mkdir -p "$output"
  rm -rf "$log" "$losses" "$results" "${output:?}/ckpt"

  local -a arguments=(
    --mode=train_and_eval
    "--input_meta_data_path=$data_path/MNLI_dataset/MNLI_meta_data"
    "--train_data_path=$data_path/MNLI_dataset/MNLI_train.tf_record"
    "--eval_data_path=$data_path/MNLI_dataset/MNLI_eval.tf_record"
    "--bert_config_file=$data_path/$model/albert_config.json"
    "--init_checkpoint=$data_path/$model/bert_model.ckpt"
    "--train_batch_size=$batch_size" --eval_batch_size=4 --steps_per_loop=1
    "--learning_rate=$learning_rate" "--num_train_epochs=$epochs"
    "--model_dir=$output/ckpt" --distribution_strategy=one_device
  )
  if [[ $kind == perf ]]; then
    arguments+=(--steps_per_epoch=1000 --log_steps=1000)
  else
    arguments+=("--log_steps=$STEPS_OF_AN_EPOCH")
  fi
  for argument in "${!flags[@]}"; do
    arguments+=("--$argument=${flags[$argument]}")
  done
  if [[ -n $max_steps ]]; then
    arguments+=("--max_steps=$max_steps")
  fi

  local start end
  start=$(date +%s)
  "${PYTHON:-python3}" -m albert_zoo.cli run-classifier "${arguments[@]}" > "$log" 2>&1 ||
    status=$?
  end=$(date +%s)
  if ((status)); then
    echo "[Error] the training failed with exit code $status; the end of $log:" >&2
    tail -n 20 "$log" >&2
    return "$status"
  fi
  report
}

# Reads the log, prints the results and writes them. Its variables are those of its caller.
report() {
  local seconds=$((end - start)) fps step_seconds accuracy loss
  # TimeHistory: 7.32 seconds, 546.17 examples/second between steps 0 and 1000
  read -r fps step_seconds < <(awk '/^TimeHistory/ { fps = $4; step = $2 / ($10 - $8) }
    END { printf "%s %.4f\n", fps, step }' "$log")
  # 1000/1000 - 8s - loss: 1.0701 - accuracy: 0.4708 - val_loss: 0.9384 - val_accuracy: 0.6667
  awk '/val_loss/ { print $6 }' "$log" > "$losses"
  loss=$(tail -n 1 "$losses")
  accuracy=$(awk '/val_loss/ { last = $NF } END { print last }' "$log")

  echo "Final Training Duration sec : $seconds"
  echo "------------------ Final result ------------------"
  echo "Final Performance images/sec : $fps"
  echo "Final Train Accuracy : $accuracy"
  # Steady state: 546.17 examples/second between steps 10 and 3000; the first 10 took 12.34 seconds
  awk '/^Steady state/ { print "Steady State images/sec : " $3
    print "First Steps sec : " $(NF - 1) " (" $(NF - 3) " steps)" }' "$log"

  cat > "$results" << END
Network = $network
RankSize = $RANK_SIZE
BatchSize = $batch_size
DeviceType = $(uname -m)
CaseName = $case_name
ActualFPS = $fps
TrainingTime = $step_seconds
TrainAccuracy = $accuracy
ActualLoss = $loss
E2ETrainingTime = $seconds
END
}
