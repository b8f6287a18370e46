#!/bin/sh
# A Slurm array: one task does a row of shards, and is started again where it may go better another time.
#
#   nearlabel jobs plan photos/ --out /shared/run          # says how many shards there are
#   sbatch --array=0-99 slurm.sh /shared/run 100           # 100 tasks of 100 shards
#
#SBATCH --job-name=nearlabel
#SBATCH --cpus-per-task=1
#SBATCH --requeue
set -u
plan=$1
per_task=${2:-1}
${NEARLABEL:-nearlabel} jobs run-shard --plan "$plan" --per-task "$per_task" --threads "${SLURM_CPUS_PER_TASK:-1}"
code=$?
# 42 and 2 would end the same way each time. Anything else, a worker that was killed too, is for another try; after the third Slurm
# shows the task as failed.
case $code in
  0 | 2 | 42) ;;
  *) if [ "${SLURM_RESTART_COUNT:-0}" -lt 2 ]; then scontrol requeue "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"; fi ;;
esac
exit $code
