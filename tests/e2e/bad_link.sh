#!/usr/bin/env bash
# A watch over a bad link: delay, loss, and a cut that lasts until it is noticed. The laptop and the
# box are network namespaces; what the watch saw must be exactly what labd stored.
#
#   bad_link.sh BIN        the folder of labctl, labd, lab-worker and bad_link
#
# Ends with 77 where namespaces are not permitted. Prints what a dead link costs until it is noticed.

set -euo pipefail
. "$(dirname "$0")/lib.sh"
bin=$(cd "$1" && pwd)

if [ -z "${BAD_LINK_INSIDE:-}" ]; then
  if ! unshare --user --map-root-user --net --mount \
    sh -c 'mount -t tmpfs none /run && ip netns add probe && ip link add type veth' 2>/dev/null; then
    echo "skipped: this machine permits no network namespaces"
    exit 77
  fi
  # In a process namespace of its own: what the script starts ends with it.
  BAD_LINK_INSIDE=1 exec unshare --user --map-root-user --net --mount --pid --mount-proc --fork \
    --kill-child "$0" "$bin"
fi

export PATH=$bin:$PATH LC_ALL=C.UTF-8
delay_ms=${DELAY_MS:-60} # each way
loss_percent=${LOSS_PERCENT:-3}
work=$(mktemp -d)
mount -t tmpfs none /run
trap 'rm -rf "$work"' EXIT

fail() {
  echo "failed: $*"
  tail -n 5 "$work"/*.log "$work"/*.txt 2>/dev/null || true
  exit 1
}
now_ms() { date +%s%3N; }
at_box() { LAB_HOME=$work/box ip netns exec box "$@"; }
at_laptop() { LAB_HOME=$work/laptop ip netns exec laptop "$@"; }

for side in box laptop; do
  ip netns add $side
  ip link add wire-$side type veth peer name eth0 netns $side
  ip link set wire-$side up
  ip -n $side link set lo up
  ip -n $side link set eth0 up
done
ip -n box addr add 10.77.0.1/24 dev eth0
ip -n laptop addr add 10.77.0.2/24 dev eth0
bad_link wire-box wire-laptop "$delay_ms" "$loss_percent" "$work/cut" 2>"$work/link.log" &
await 120 grep -q up "$work/link.log"

at_box labd token create --name laptop >"$work/secret" 2>/dev/null
at_box labd --listen 10.77.0.1:7733 2>"$work/labd.log" &
await 300 grep -q ' serves ' "$work/labd.log"
at_laptop labctl connect box 10.77.0.1:7733 --token-file "$work/secret" \
  --fingerprint "$(at_box labd fingerprint)"

cat >"$work/run.yaml" <<'EOT'
type: pretrain
model: {preset: custom, layers: 1, heads: 1, width: 16, context: 16}
data: {corpus: markov, tokenizer: byte}
train: {steps: 100000000, micro_batch: 1, threads: 1}
evaluate: {every: 0}
sample: {every: 0}
checkpoint: {every: 0, keep: none}
EOT
export LAB_HOST=box
touch "$work/watched" "$work/talk.txt"
at_laptop labctl submit "$work/run.yaml" --quiet
at_laptop labctl watch 1 --json >"$work/watched" 2>"$work/watch.log" &
watcher=$!
at_laptop labctl watch 1 >"$work/talk.txt" 2>&1 &

points() { grep -c '"name":"train/loss"' "$work/watched" || true; }
has_points() { [ "$(points)" -ge "$1" ]; }
# labd's answer may come too late on a busy machine: asked again.
box_step() {
  local until=$((SECONDS + 300)) said=''
  until [[ $said =~ \"step\":([0-9]+) ]]; do
    [ $SECONDS -lt $until ] || fail "labd on the box does not answer: $said"
    said=$(LAB_HOST='' at_box labctl show 1 --json 2>&1 || true)
  done
  echo "${BASH_REMATCH[1]}"
}
box_reached() { [ "$(box_step)" -ge "$1" ]; }

await 600 has_points 500
echo "the link is cut"
touch "$work/cut"
cut_at=$(now_ms)
await 600 grep -q 'does not answer' "$work/talk.txt"
echo "a dead link was noticed after $((($(now_ms) - cut_at) / 100)) tenths of a second"

# Meanwhile a new command says which layer failed.
code=0
at_laptop labctl list 2>"$work/list.txt" || code=$?
[ $code = 69 ] || fail "list over a dead link left with $code"
grep -q 'the TCP connection failed: no answer in time' "$work/list.txt" || fail "list's words"
cat "$work/list.txt"
await 600 box_reached $(($(box_step) + 500))

healed_step=$(box_step)
rm "$work/cut"
heal_at=$(now_ms)
echo "the link is back"
reached_heal() { grep -q "\"name\":\"train/loss\".*\"step\":$((healed_step + 1))[,}]" "$work/watched"; }
await 600 reached_heal
echo "the watch had caught up after $((($(now_ms) - heal_at) / 100)) tenths of a second"
LAB_HOST='' at_box labctl cancel 1
code=0
wait $watcher || code=$?
[ $code = 6 ] || fail "watch left with $code instead of 6"

grep '"name":"train/loss"' "$work/watched" | grep -o '"step":[0-9]*' | cut -d: -f2 >"$work/seen"
LAB_HOST='' at_box labctl metrics 1 train/loss --csv | tail -n +2 | cut -d, -f2 >"$work/stored"
cmp "$work/seen" "$work/stored" || fail "the watch saw other points than labd stored"
echo "$(wc -l <"$work/seen") points: no gap, no duplicate"
LAB_HOST='' at_box labctl daemon stop
