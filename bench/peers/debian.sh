#!/usr/bin/env bash
# Puts packages of Debian into a folder: debian.sh FOLDER PACKAGE...
# They are fetched with what they need and the system lacks, checked by apt, and unpacked: nothing is installed into the system, no service is
# started, nothing is asked for root. A package that was unpacked before is not fetched again.
set -euo pipefail

folder=$1
shift
missing=()
for package in "$@"; do
  [ -s "$folder/.unpacked/$package" ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  echo "Debian: $* are there"
  exit 0
fi
echo "Debian: fetching ${missing[*]} into $folder"
mkdir -p "$folder/.unpacked" "$folder/.archives/partial"
if [ "$(id -u)" = 0 ]; then apt-get update -qq || true; fi
apt-get install -y -qq --no-install-recommends --download-only -o Debug::NoLocking=1 -o APT::Sandbox::User= \
  -o Dir::Cache::archives="$folder/.archives" "${missing[@]}" >/dev/null
for archive in "$folder"/.archives/*.deb; do
  [ -e "$archive" ] || continue
  dpkg-deb --extract "$archive" "$folder"
  echo "  $(dpkg-deb --show --showformat='${Package} ${Version}' "$archive")"
  rm "$archive"
done
for package in "${missing[@]}"; do apt-cache policy "$package" | sed -n 's/^ *Candidate: //p' >"$folder/.unpacked/$package"; done
