#!/usr/bin/env bash
# The systemd units: systemd-analyze finds nothing to object to, and they leave labd the time that
# its settings want. Exits 77 where systemd-analyze is missing.
#
#   tests/daemon/check_units.sh SOURCE LABD

set -euo pipefail
source=$1 labd=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

fail() {
  echo "$*" >&2
  exit 1
}

leave=$(sed -n 's/^#leave_seconds: //p' "$source/packaging/labd.yaml")
for kind in user system; do
  unit=$source/packaging/systemd/$kind/labd.service
  stop=$(sed -n 's/^TimeoutStopSec=//p' "$unit")
  [ "$stop" -gt "$leave" ] || fail "$unit: TimeoutStopSec=$stop is not above leave_seconds ($leave)"
  for line in Type=notify KillMode=process OOMPolicy=continue 'ExecReload=kill -HUP $MAINPID'; do
    grep -qxF "$line" "$unit" || fail "$unit: $line is missing"
  done
done

command -v systemd-analyze >/dev/null || {
  echo "skipped: no systemd-analyze here"
  exit 77
}
for kind in user system; do
  mkdir -p "$scratch/$kind" "$scratch/run"
  # The program where it is built; the manual may not be installed yet.
  sed "s|/usr/bin/labd|$labd|" "$source/packaging/systemd/$kind/labd.service" \
    >"$scratch/$kind/labd.service"
  said=$(XDG_RUNTIME_DIR=$scratch/run systemd-analyze "--$kind" verify --man=no \
    "$scratch/$kind/labd.service" 2>&1) || fail "$kind unit: $said"
  [ -z "$said" ] || fail "$kind unit: $said"
done
echo "both units are sound"
