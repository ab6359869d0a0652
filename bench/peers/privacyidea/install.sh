#!/usr/bin/env bash
# privacyIDEA from PyPI into a virtual environment: install.sh FOLDER
set -euo pipefail
version=3.14
gunicorn=27.0.1
folder=$1

if [ "$("$folder/bin/pip" list --format=freeze 2>/dev/null | grep -ixE "privacyidea==$version|gunicorn==$gunicorn" | wc -l)" = 2 ]; then
  echo "privacyIDEA $version, gunicorn $gunicorn: there"
  exit 0
fi
echo "privacyIDEA $version, gunicorn $gunicorn: installing into $folder"
python3 -m venv --clear "$folder"
"$folder/bin/pip" install --quiet --disable-pip-version-check "privacyidea==$version" "gunicorn==$gunicorn" psycopg2-binary
