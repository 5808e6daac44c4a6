#!/usr/bin/env bash
# The manual pages as groff and mandoc read them: no warning, and what a page must tell.
#
#   manual_pages.sh SHARE      the folder of labctl.1, labd.8 and labd.yaml.5
#
# Ends with 77 where neither is installed.

set -euo pipefail
share=$1
fail() {
  echo "failed: $*"
  exit 1
}
# The pages that were asked for must be there, whatever reads them.
for page in labctl.1 labd.8 labd.yaml.5; do
  [ -s "$share/$page" ] || fail "no $share/$page"
done
grep -q '^\.SH EXIT STATUS' "$share/labctl.1" || fail "labctl.1 tells no exit status"
grep -q '^\.SH EXIT STATUS' "$share/labd.8" || fail "labd.8 tells no exit status"
grep -q 'storage.max_bytes' "$share/labd.yaml.5" || fail "labd.yaml.5 tells no settings"

checked=
for page in labctl.1 labd.8 labd.yaml.5; do
  if command -v groff >/dev/null; then
    said=$(groff -man -ww -Tutf8 "$share/$page" 2>&1 >/dev/null)
    [ -z "$said" ] || fail "groff: $said"
    checked=yes
  fi
  if command -v mandoc >/dev/null; then
    # Pages without a date: a build tells the same whenever it runs.
    said=$(mandoc -T lint -W warning "$share/$page" 2>&1 | grep -v 'missing date' || true)
    [ -z "$said" ] || fail "mandoc: $said"
    checked=yes
  fi
done
if [ -z "$checked" ]; then
  echo "skipped: neither groff nor mandoc is installed"
  exit 77
fi
echo "the pages are well-formed"
