#!/usr/bin/env bash
# The load generators: tools.sh FOLDER DEBIAN_FOLDER
# wrk (closed loop) from Debian, vegeta (open loop) through the Go module proxy; PostgreSQL with pgbench from Debian where the system has none.
set -euo pipefail
version=v12.12.0
folder=$1
debian=$2
here=$(dirname "$0")

[ -x /usr/bin/wrk ] && echo "wrk: the system's" || "$here/debian.sh" "$debian" wrk
ls /usr/lib/postgresql/*/bin/pgbench >/dev/null 2>&1 && echo "PostgreSQL: the system's" || "$here/debian.sh" "$debian" postgresql

if [ -x "$folder/vegeta/bin/vegeta" ] && [ -e "$folder/vegeta/$version" ]; then
  echo "vegeta $version: there"
elif command -v go >/dev/null; then
  echo "vegeta $version: building into $folder/vegeta"
  GOBIN="$folder/vegeta/bin" GOFLAGS=-mod=mod go install "github.com/tsenart/vegeta/v12@$version"
  touch "$folder/vegeta/$version"
else
  echo "vegeta is built with Go 1.22 or later: install it" >&2
  exit 1
fi
