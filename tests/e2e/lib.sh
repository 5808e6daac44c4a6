# Sourced by the scripts of this folder; each has its own fail WORDS…, which ends it.

# await SECONDS COMMAND…: until it succeeds. The patience is for a machine that others keep busy.
await() {
  local until=$((SECONDS + $1))
  shift
  until "$@"; do
    [ $SECONDS -lt $until ] || fail "waited in vain: $*"
    sleep 0.05
  done
}
