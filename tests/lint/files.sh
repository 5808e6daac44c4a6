# Sourced by the checks here: `sources SUFFIX…` prints the tracked files with these endings, one a
# line, relative to the root that the check was given ($1, by default this repository).

set -euo pipefail
cd "${1:-$(dirname "$0")/../..}"

sources() {
  local patterns=() suffix
  for suffix in "$@"; do patterns+=("*.$suffix"); done
  git ls-files -- "${patterns[@]}" | while IFS= read -r file; do
    if [ -f "$file" ]; then printf '%s\n' "$file"; fi
  done
}
