#!/usr/bin/env bash
# better-auth and its recommended driver from npm: install.sh FOLDER
set -euo pipefail
version=1.7.25
driver=8.23.1
folder=$1

installed() { node -p "require('$folder/node_modules/$1/package.json').version" 2>/dev/null || true; }
if [ "$(installed better-auth)" = "$version" ] && [ "$(installed pg)" = "$driver" ]; then
  echo "better-auth $version, pg $driver: there"
  exit 0
fi
echo "better-auth $version, pg $driver: installing into $folder"
mkdir -p "$folder"
echo '{ "private": true, "type": "module" }' >"$folder/package.json"
npm install --prefix "$folder" --no-audit --no-fund --save-exact --silent "better-auth@$version" "pg@$driver"
