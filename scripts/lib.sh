# Shell functions that the scripts here share. Sourced by bash, with `set -euo pipefail`.

LAB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
LAB_YES=${LAB_YES:-}  # not empty: never ask

say() { printf '%s\n' "$*" >&2; }
fail() {
  say "error: $*"
  exit 1
}

# The comment at the head of the calling script, as its help.
print_help() { sed -n '2,/^$/s/^# \{0,1\}//p' "$1"; }

may_ask() { [ -z "$LAB_YES" ] && [ -z "${CI:-}" ] && [ -t 0 ] && [ -t 2 ]; }

# packages_of SECTION…: the names in scripts/packages.txt, one a line.
packages_of() {
  local section
  for section in "$@"; do
    sed -n "/^\[$section\]/,/^\[/{/^\[/d;s/#.*//;s/[[:space:]]*$//;/./p}" \
      "$LAB_ROOT/scripts/packages.txt"
  done
}

is_installed() {
  [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# Runs a command as root, by sudo if need be.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif may_ask; then
    sudo "$@"
  else
    sudo --non-interactive "$@"
  fi
}

# The packages of these sections that are missing and that apt can install, as far as it knows.
missing_packages() {
  local package
  for package in $(packages_of "$@"); do
    if is_installed "${package%\?}"; then continue; fi
    case $package in
      *\?) if has_candidate "${package%\?}"; then echo "${package%\?}"; fi ;;
      *) echo "$package" ;;
    esac
  done
}

# install_packages SECTION…: by apt, what is missing. Asks before it uses root.
install_packages() {
  if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
    say "This system has no apt: if the build misses something, install what" \
      "scripts/packages.txt lists."
    return 0
  fi
  local missing by_hand answer
  missing=$(missing_packages "$@" | paste -s -d ' ')
  [ -n "$missing" ] || return 0
  by_hand="apt-get update && apt-get install --no-install-recommends $missing"
  say "Missing packages: $missing"
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
    fail "there is no sudo to install them with. As root, run: $by_hand"
  fi
  if may_ask; then
    read -r -p "Install them with apt, as root? [Y/n] " answer
    case $answer in
      "" | y | Y | yes) ;;
      *) fail "nothing was installed. As root, run: $by_hand" ;;
    esac
  fi
  as_root apt-get update -q >&2 || fail "apt-get update failed. As root, run: $by_hand"
  # Again, because a bare system knows no package before its first update.
  missing=$(missing_packages "$@" | paste -s -d ' ')
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive \
    apt-get install -q -y --no-install-recommends $missing >&2 ||
    fail "apt-get could not install them. As root, run: $by_hand"
}

# True if apt can install this package.
has_candidate() { apt-cache policy "$1" 2>/dev/null | grep -q 'Candidate: [0-9]'; }

# How many compilers may run at once: one a core, and 1.2 GB of free memory for each.
job_count() {
  local cores memory_kb jobs
  cores=$(nproc)
  memory_kb=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  jobs=$((memory_kb / 1200000))
  if [ "$jobs" -lt 1 ]; then jobs=1; fi
  if [ "$jobs" -gt "$cores" ]; then jobs=$cores; fi
  echo "$jobs"
}

# "3 min 12 s" for a number of seconds.
duration() {
  if [ "$1" -lt 60 ]; then echo "$1 s"; else echo "$(($1 / 60)) min $(($1 % 60)) s"; fi
}

# count_tests REPORT: "PASSED FAILED SKIPPED" of ctest's JUnit report. Counted test by test, since
# the report's own totals call a test whose program is missing skipped.
count_tests() {
  awk '
    /^\t<testcase / {
      status = $0
      sub(/.* status="/, "", status)
      sub(/".*/, "", status)
      if (status == "run") ++passed
      else if (status == "disabled") ++skipped
      else if (status != "notrun") ++failed
    }
    status == "notrun" && /^\t\t<skipped / {
      if (/message="SKIP_/) ++skipped; else ++failed
    }
    END { print passed + 0, failed + 0, skipped + 0 }' "$1"
}
