#!/usr/bin/env bash
# Installs the packages that packaging/build_debs made into a bare Debian, uses them there, and purges
# them again: nothing of theirs may stay.
#
#   install_debs.sh DEBS        the folder with the .deb files
#
# LAB_ROOTFS names the bare Debian: a folder as `debootstrap --variant=minbase` makes it, with apt
# sources that work. It is not changed: all happens in a copy. Needs root. Ends with 77 where
# something of this is not there.

set -euo pipefail

skip() { echo "skipped: $*" && exit 77; }
fail() { echo "failed: $*" && exit 1; }

debs=${1:?the folder with the .deb files}
[ "$(id -u)" = 0 ] || skip "needs root"
[ -n "${LAB_ROOTFS:-}" ] || skip "LAB_ROOTFS names no bare Debian"
[ -x "$LAB_ROOTFS/usr/bin/apt-get" ] || skip "$LAB_ROOTFS is no Debian"
ls "$debs"/*.deb >/dev/null 2>&1 || skip "no packages in $debs; packaging/build_debs makes them"

work=$(mktemp -d)
root=$work/root
# What is mounted here ends with this script's mount namespace.
if [ -z "${LAB_INSIDE:-}" ]; then
  rmdir "$work"
  LAB_INSIDE=1 exec unshare --mount --pid --fork --kill-child "$0" "$@"
fi
trap 'umount -l "$root/proc" "$root/dev/shm" 2>/dev/null || true; rm -rf --one-file-system "$work"' EXIT
cp -a "$LAB_ROOTFS" "$root"
mkdir -p "$root/dev/shm"
mount -t proc proc "$root/proc"
mount -t tmpfs tmpfs "$root/dev/shm"

inside() {
  env -i HOME=/root TERM=dumb LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive \
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin chroot "$root" "$@"
}
learner() { inside su learner -s /bin/bash -c "cd && $*"; }
# Everything but what apt, dpkg and the packages that ours need leave in their own places.
files() { (cd "$root" && find . -xdev \( -ipath '*llm-lab*' -o -name 'lab*' -o -name '_labctl*' \) \
  -not -path './proc/*' -not -path './var/lib/dpkg/*' -not -path './tmp/*' -not -path './home/*' | sort); }

before=$(files)
cp "$debs"/*.deb "$root/tmp/"
inside apt-get update -qq
inside apt-get install -y -qq man-db >/dev/null 2>&1
# Minimal systems leave manual pages out.
rm -f "$root"/etc/dpkg/dpkg.cfg.d/docker "$root"/etc/dpkg/dpkg.cfg.d/excludes
inside sh -c 'apt-get install -y -qq --no-install-recommends /tmp/*.deb' >"$work/apt.log" 2>&1 ||
  { tail -n 20 "$work/apt.log" && fail "apt could not install the packages"; }
echo "installed: $(inside dpkg-query -W -f '${Package} ${Version} ${Installed-Size}kB; ' labd labctl lab-worker lab-gui llm-lab)"

inside useradd --create-home learner
inside getent passwd labd | grep -q llm-lab || fail "the user labd was not made"
learner labctl version | grep -q labctl || fail "labctl version"
for page in labctl labd labd.yaml; do
  learner man -w "$page" >/dev/null || fail "no manual page $page"
done
inside test -s /usr/share/bash-completion/completions/labctl || fail "no completion for bash"
learner labctl submit pretrain --quiet --wait --set data.corpus=markov --set data.tokenizer=byte \
  --set model.preset=custom --set model.layers=1 --set model.heads=2 --set model.width=16 \
  --set model.context=32 --set train.steps=5 --set evaluate.every=0 --set sample.every=0 ||
  fail "a job"
learner labctl show 1 | grep -q succeeded || fail "show"
learner QT_QPA_PLATFORM=offscreen lab-gui --screenshot home.png || fail "lab-gui"
learner test -s home.png || fail "lab-gui drew nothing"
inside test -s /usr/share/applications/lab-gui.desktop || fail "no entry for desktops"
learner labctl doctor || fail "doctor"
learner labctl daemon stop
inside labd --check-config --config /etc/llm-lab/labd.yaml >/dev/null || fail "the packaged labd.yaml"

inside apt-get purge -y -qq llm-lab lab-gui labd labctl lab-worker >"$work/purge.log" 2>&1 ||
  { tail -n 20 "$work/purge.log" && fail "apt could not purge the packages"; }
left=$(comm -13 <(echo "$before") <(files))
[ -z "$left" ] || fail "left behind after the purge: $left"
learner test -d .local/share/llm-lab/jobs/000001 || fail "a person's jobs are gone"
echo "ok: installed, used, purged"
