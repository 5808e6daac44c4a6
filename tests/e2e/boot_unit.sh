#!/usr/bin/env bash
# Boots a bare Debian with systemd, installs the packages of labd, labctl and lab-worker there, and
# runs labd as the machine's service: ready, watched, reloaded, killed, hung, stopped.
#
#   boot_unit.sh DEBS           the folder with the .deb files
#
# LAB_ROOTFS names the bare Debian, as for install_debs.sh. It is not changed: all happens in a copy.
# Needs root and systemd-nspawn (package systemd-container). Ends with 77 where something of this is
# not there. Takes about two minutes.

set -euo pipefail

skip() { echo "skipped: $*" && exit 77; }
fail() { echo "failed: $*" && exit 1; }

debs=${1:?the folder with the .deb files}
[ "$(id -u)" = 0 ] || skip "needs root"
[ -n "${LAB_ROOTFS:-}" ] || skip "LAB_ROOTFS names no bare Debian"
[ -x "$LAB_ROOTFS/usr/bin/apt-get" ] || skip "$LAB_ROOTFS is no Debian"
command -v systemd-nspawn >/dev/null || skip "no systemd-nspawn (package systemd-container)"
ls "$debs"/labd_*.deb >/dev/null 2>&1 || skip "no packages in $debs; packaging/build_debs makes them"

work=$(mktemp -d)
root=$work/root
trap 'rm -rf --one-file-system "$work"' EXIT
cp -a "$LAB_ROOTFS" "$root"
inside() {
  env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "$@"
}
cp "$debs"/{labd,labctl,lab-worker}_*.deb "$root/tmp/"
{
  inside apt-get update -qq
  inside sh -c 'apt-get install -y -qq --no-install-recommends systemd systemd-sysv dbus procps /tmp/*.deb'
} >"$work/apt.log" 2>&1 || { tail -n 20 "$work/apt.log" && fail "apt could not install the packages"; }

# What happens inside, once it has booted.
cat >"$root/root/try" <<'TRY'
#!/bin/bash
exec >/root/said 2>&1
lab() {
  runuser -u labd -- env XDG_RUNTIME_DIR=/run XDG_CONFIG_HOME=/etc HOME=/var/lib/llm-lab labctl "$@"
}
fail() {
  echo "failed: $*"
  journalctl --unit labd --no-pager | tail -n 30
  systemctl poweroff
  exit
}
# until_so SECONDS WHAT COMMAND…
until_so() {
  local end=$((SECONDS + $1)) what=$2
  until "${@:3}" >/dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "$what"
    sleep 0.5
  done
}
of() { systemctl show labd --value --property "$1"; }
steps() { lab show "$1" --json | grep -o '"step":[0-9]*' | head -1 | cut -d: -f2; }
past() { [ "$(steps 1)" -gt "$1" ]; }
restarted() { [ "$(of NRestarts)" != 0 ] && [ "$(of ActiveState)" = active ]; }
systemctl enable --now labd || fail "labd does not start"
[ "$(of ActiveState) $(of Type) $(of StatusText)" = "active notify idle" ] || fail "not ready: $(of StatusText)"
[ "$(of WatchdogUSec)" = 5min ] || fail "no watchdog"
lab submit first_run --set data.corpus=markov --set data.tokenizer=byte --set train.micro_batch=2 \
  --set train.steps=1000000 --set evaluate.every=0 --set sample.every=0 --set checkpoint.every=0 \
  --set checkpoint.keep=none --quiet || fail "submit"
until_so 120 "the job runs" past 20
of StatusText | grep -q 'run 1 step' || fail "the status line says $(of StatusText)"
systemctl reload labd && [ "$(of ActiveState)" = active ] || fail "reload"

# Killed: the worker leaves a checkpoint by itself, labd comes back and goes on from there.
before=$(steps 1)
kill -KILL "$(of MainPID)"
until_so 60 "labd is started again" restarted
until_so 60 "labd answers" lab list
until_so 120 "the job goes on" past "$before"
journalctl --unit labd --no-pager | grep -q 'took in the checkpoint' || fail "the steps were lost"
# Stopped while it hangs, then in good order.
kill -STOP "$(of MainPID)"
systemctl stop labd || fail "stop of a labd that hung"
systemctl start labd || fail "start"
before=$(steps 1)
until_so 120 "the job goes on" past "$before"
systemctl stop labd
[ "$(of Result)" = success ] || fail "stopped with $(of Result)"
pgrep lab-worker && fail "a worker stays"
echo "ok: ready, reloaded, killed, hung, stopped; $(systemd-analyze security labd --no-pager | grep -o 'exposure level.*: [0-9.]*')"
systemctl poweroff
TRY
chmod +x "$root/root/try"
mkdir -p "$root/etc/systemd/system/multi-user.target.wants"
printf '[Service]\nType=simple\nExecStart=/root/try\n' >"$root/etc/systemd/system/try.service"
ln -s ../try.service "$root/etc/systemd/system/multi-user.target.wants/try.service"
timeout 600 systemd-nspawn --register=no --keep-unit --quiet -D "$root" --boot >"$work/boot.log" 2>&1 ||
  { tail -n 20 "$work/boot.log" && fail "the machine did not boot and end"; }
cat "$root/root/said"
grep -q '^ok: ' "$root/root/said"
