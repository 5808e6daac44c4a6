#!/usr/bin/env bash
# Transcripts where there is no network at all, not even the loopback interface: nothing but a pull
# may need one.
#
#   no_network.sh RUN_TRANSCRIPTS BIN FILE…
#
# Ends with 77 where namespaces are not permitted.

set -euo pipefail
if ! unshare --user --map-root-user --net true 2>/dev/null; then
  echo "skipped: this machine permits no network namespaces"
  exit 77
fi
exec unshare --user --map-root-user --net bash -c '
  if (: </dev/tcp/127.0.0.1/9) 2>&1 | grep -qv unreachable; then
    echo "failed: there is a network"
    exit 1
  fi
  exec "$@"' no_network "$@"
