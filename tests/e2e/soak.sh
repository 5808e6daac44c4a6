#!/usr/bin/env bash
# The same jobs twice: undisturbed in one home, then in another under random faults. Every series
# that is a function of the step, every sample and the final weights must be equal, bit for bit.
#
#   soak.sh BIN [JOBS [FAULTS [SEED]]]     BIN: the folder of labctl, labd and lab-worker
#
# Defaults: SOAK_JOBS or 30, SOAK_FAULTS or 100, SOAK_SEED or a seed from the clock. The plan (which
# fault, at which job and step) follows from the seed alone; the moment within a step is the
# machine's. Both homes lie on a small tmpfs, so that the disk can really be filled. Ends with 77
# where namespaces are not permitted. KEEP=FOLDER copies both homes there after a failure.

set -Eeuo pipefail
. "$(dirname "$0")/lib.sh"
bin=$(cd "$1" && pwd)
jobs=${2:-${SOAK_JOBS:-30}} faults=${3:-${SOAK_FAULTS:-100}}
seed=${4:-${SOAK_SEED:-$(($(date +%s) % 30000))}}

if [ -z "${SOAK_INSIDE:-}" ]; then
  if ! unshare --user --map-root-user --mount --pid --fork mount -t tmpfs none /mnt 2>/dev/null; then
    echo "skipped: this machine permits no namespaces"
    exit 77
  fi
  # In a process namespace of its own: what the script starts ends with it.
  SOAK_INSIDE=1 exec unshare --user --map-root-user --mount --pid --mount-proc --fork \
    --kill-child "$0" "$bin" "$jobs" "$faults" "$seed"
fi

export PATH=$bin:$PATH LC_ALL=C.UTF-8 OMP_WAIT_POLICY=passive
work=$(mktemp -d)
disk_mb=$((64 + 8 * jobs))
mount -t tmpfs -o size=${disk_mb}m tmpfs "$work"
mkdir "$work/calm" "$work/storm" "$work/watch"
trap 'umount -l "$work"; rmdir "$work"' EXIT
steps=600
stuck_seconds=900 # a job that gets nowhere for so long is stuck
RANDOM=$seed

fail() {
  echo "failed: $* (seed $seed)"
  labctl --no-start list 2>&1 | head -n 40 || true
  tail -n 15 "$LAB_HOME/state/labd.log" || true
  [ -z "${KEEP:-}" ] || cp -a "$work/calm" "$work/storm" "$work/watch" "$KEEP"
  exit 1
}
trap 'fail "line $LINENO: $BASH_COMMAND"' ERR
# below N: the next random number of the plan
below() { echo $((RANDOM % $1)); }
# a random while of at most $1 milliseconds
a_while() { sleep "$(awk -v ms=$((RANDOM * $1 / 32768)) 'BEGIN { print ms / 1000 }')"; }

# --- asking labd; it is started again by whoever asks

# A labd that was just killed may take the question with it: asked again.
show() { await 120 ask "$1"; }
ask() {
  shown=$(labctl --json show "$1" 2>"$work/said")
}
# of FIELD: its value in the job last shown, in $value
of() {
  local pattern="\"$1\":\"?([a-z0-9_A-Z]*)"
  value=''
  if [[ $shown =~ $pattern ]]; then value=${BASH_REMATCH[1]}; fi
}
daemon_pid() { cat "$LAB_HOME/run/labd.pid" 2>/dev/null || true; }
alive() { [ -n "$1" ] && [ "$1" != null ] && kill -0 "$1" 2>/dev/null; }
signal() { # signal NAME PID…: those that are there
  local name=$1 pid
  shift
  for pid in "$@"; do if alive "$pid"; then kill -"$name" "$pid" 2>/dev/null || true; fi; done
}
# A job that a fault stopped and that does not go on by itself is resumed, as its owner would.
resumed=0
mend() {
  show "$1"
  of state
  state=$value
  case $state in
    paused | cancelled | failed)
      if [ $state = failed ] && [[ ! $shown =~ DISK_FULL|WORKER_CRASHED ]]; then
        fail "job $1: $shown"
      fi
      if labctl resume "$1" >/dev/null 2>"$work/said"; then resumed=$((resumed + 1)); fi
      ;;
  esac
}
# Waits until job $1 is at step $2, or has ended.
reach() {
  local until=$((SECONDS + stuck_seconds))
  while true; do
    mend "$1"
    [ $state != succeeded ] || return 0
    of step
    if [ $state = running ] && [ "$value" -ge "$2" ]; then return 0; fi
    [ $SECONDS -lt $until ] || fail "job $1 does not come to step $2: $shown"
    sleep 0.2
  done
}

submit_all() {
  local seed_of_job
  for ((job = 1; job <= jobs; ++job)); do
    seed_of_job=$job
    cat >"$work/run.yaml" <<EOT
type: pretrain
model: {preset: custom, layers: $((1 + job % 2)), heads: 2, width: 32, context: 32, dropout: 0.1}
data: {corpus: $([ $((job % 3)) = 0 ] && echo copy || echo markov), tokenizer: byte}
train: {steps: $steps, micro_batch: $((2 + job % 3)), accumulation: $((1 + job % 2)), threads: 1}
evaluate: {every: $((60 + 10 * (job % 4))), batches: 2}
sample: {every: 150, tokens: 12, prompt: "a"}
checkpoint: {every: $((20 + 15 * (job % 5)))}
seed: $seed_of_job
EOT
    labctl submit "$work/run.yaml" --quiet --parsable >/dev/null
  done
}

# --- the faults; each leaves a labd and workers that may go on, and returns soon

start_labd() {
  # Half of them without the reserve, so that a full disk is met and not foreseen.
  if [ "$(below 2)" = 0 ]; then export LAB_MIN_FREE_BYTES=0; else unset LAB_MIN_FREE_BYTES; fi
  await 120 quietly labctl daemon start
}
quietly() { "$@" >/dev/null 2>"$work/said"; }
fill_disk() { head -c $((disk_mb * 1048576)) /dev/zero >"$work/filler" 2>/dev/null || true; }
stopped_watchers=()
watch() { # watch JOB NAME: a client that follows the job into a file
  labctl --json watch "$1" >"$work/watch/$2" 2>/dev/null &
  watcher=$!
  disown $watcher # its end is nobody's news
}

fault() { # fault KIND JOB
  show "$2"
  local worker daemon
  of worker_pid
  worker=$value daemon=$(daemon_pid)
  case $1 in
    worker_killed) signal KILL "$worker" ;;
    labd_killed) signal KILL "$daemon" && start_labd ;;
    both_killed) signal KILL "$worker" "$daemon" && start_labd ;;
    labd_killed_worker_stopped)
      signal STOP "$worker" && signal KILL "$daemon" && start_labd
      a_while 1500
      signal CONT "$worker"
      ;;
    worker_stopped) signal STOP "$worker" && a_while 2500 && signal CONT "$worker" ;;
    labd_stopped) signal STOP "$daemon" && a_while 2500 && signal CONT "$daemon" ;;
    labd_stopped_worker_killed)
      signal STOP "$daemon" && signal KILL "$worker"
      a_while 1500
      signal CONT "$daemon"
      ;;
    client_killed)
      watch "$2" killed
      a_while 1000
      signal KILL $watcher
      ;;
    client_stopped)
      watch "$2" "$2.$watched"
      watched=$((watched + 1))
      a_while 500
      signal STOP $watcher
      stopped_watchers+=("$watcher")
      ;;
    paused) quietly labctl pause "$2" || true ;;
    cancelled) quietly labctl cancel "$2" || true ;;
    disk_full)
      fill_disk
      a_while 3000
      rm -f "$work/filler"
      ;;
    disk_full_labd_killed)
      fill_disk
      a_while 1000
      signal KILL "$daemon"
      a_while 1000
      rm -f "$work/filler"
      start_labd
      ;;
    labd_restarted)
      quietly labctl daemon stop || true
      start_labd
      ;;
  esac
}
kinds=(worker_killed worker_killed labd_killed labd_killed both_killed both_killed
  labd_killed_worker_stopped worker_stopped labd_stopped labd_stopped_worker_killed client_killed
  client_stopped paused cancelled disk_full disk_full disk_full_labd_killed labd_restarted)

# --- what must be equal

# Series of job $1 that are a function of the step, as metric,step,value.
series() {
  labctl metrics "$1" --csv | cut -d, -f1,2,4 |
    grep -vE '^(train/(tokens_per_second|step_seconds|data_seconds|mfu)|memory/.*|gpu/.*),'
}
differences=0
differs() {
  echo "differs: $*"
  differences=$((differences + 1))
}
compare_job() { # compare_job JOB
  local calm=$work/calm/results/$1 storm=$work/storm/results/$1 file
  for file in series samples weights optimizer state; do
    cmp -s "$calm.$file" "$storm.$file" || differs "job $1, $file"
  done
  seq 1 $steps | cmp -s - <(grep '^train/loss,' "$storm.series" | cut -d, -f2) ||
    differs "job $1: steps of train/loss"
  [ "$(cat "$storm.state")" = succeeded ] || differs "job $1 is $(cat "$storm.state")"
}
collect() { # what the home has to say of every job, into results/
  mkdir -p "$LAB_HOME/results"
  for ((job = 1; job <= jobs; ++job)); do
    local to=$LAB_HOME/results/$job final
    final=$LAB_HOME/data/jobs/$(printf %06d "$job")/checkpoints/step-$(printf %06d $steps)
    series "$job" >"$to.series"
    labctl --json samples "$job" >"$to.samples"
    sha256sum <"$final/model.safetensors" >"$to.weights"
    sha256sum <"$final/trainer/optimizer.safetensors" >"$to.optimizer"
    show "$job"
    of state
    echo "$value" >"$to.state"
    of attempt
    echo "$value" >"$to.attempt"
  done
}

# --- the calm run

export LAB_HOME=$work/calm
begin=$SECONDS
submit_all
for ((job = 1; job <= jobs; ++job)); do labctl watch "$job" --quiet >/dev/null; done
collect
labctl daemon stop >/dev/null 2>&1
grep -vxq 1 "$LAB_HOME"/results/*.attempt && fail "the calm run was disturbed"
echo "calm: $jobs jobs of $steps steps in $((SECONDS - begin)) s (seed $seed)"

# --- the storm

export LAB_HOME=$work/storm
begin=$SECONDS
for ((i = 0; i < faults; ++i)); do
  # Sorted by job and step; early steps count twice, since starting has the most to lose.
  at=$(below $steps)
  [ "$(below 3)" != 0 ] || at=0
  echo "$((1 + i * jobs / faults)) $at ${kinds[$(below ${#kinds[@]})]}"
done | sort -s -n -k1,1 -k2,2 >"$work/plan"
declare -A count
watched=0
submit_all
while read -r job at kind <&3; do
  reach "$job" "$at"
  a_while 400
  fault "$kind" "$job"
  count[$kind]=$((${count[$kind]:-0} + 1))
done 3<"$work/plan"
for ((job = 1; job <= jobs; ++job)); do reach "$job" $((steps + 1)); done
collect
echo "storm: $jobs jobs in $((SECONDS - begin)) s"

# A client that was stopped finds everything once it goes on.
for watcher in "${stopped_watchers[@]}"; do
  signal CONT "$watcher"
  for ((i = 0; i < 1200; ++i)); do alive "$watcher" && sleep 0.1; done
  ! alive "$watcher" || fail "a stopped client does not end"
done

for ((job = 1; job <= jobs; ++job)); do compare_job "$job"; done
labctl daemon stop >/dev/null 2>&1
labctl --json --no-start doctor --deep >"$work/doctor" || true
for verdict in $(grep -oE '"check":"(database|job_folders|leftovers|checkpoints|clock|home)","verdict":"(problem|warning)"' "$work/doctor" || true); do
  differs "doctor: $verdict"
done
grep -q '"check":"database","verdict":"ok"' "$work/doctor" || differs "doctor saw no database"

for kind in $(printf '%s\n' "${!count[@]}" | sort); do echo "  ${count[$kind]} × $kind"; done
attempts=$(cat "$LAB_HOME"/results/*.attempt | awk '{ sum += $1 } END { print sum }')
echo "$jobs jobs, $faults faults, $attempts attempts, $resumed resumed by hand, $differences differences"
[ "$differences" = 0 ] || fail "the storm left its marks"
