#!/usr/bin/env bash
# Keycloak from Maven Central, built for production on PostgreSQL: install.sh FOLDER
set -euo pipefail
version=26.7.5
folder=$1

if [ -e "$folder/.built-$version" ]; then
  echo "Keycloak $version: there"
  exit 0
fi
command -v java >/dev/null || { echo "Keycloak needs Java 17 or later: apt-get install openjdk-17-jre-headless" >&2; exit 1; }
command -v mvn >/dev/null || { echo "Keycloak is fetched with Maven: apt-get install maven" >&2; exit 1; }
echo "Keycloak $version: fetching keycloak-quarkus-dist, about 170 MB"
rm -rf "$folder"
mkdir -p "$folder"
mvn -q dependency:copy "-Dartifact=org.keycloak:keycloak-quarkus-dist:$version:zip" "-DoutputDirectory=$folder"
(cd "$folder" && jar xf "keycloak-quarkus-dist-$version.zip" 2>/dev/null || unzip -q "keycloak-quarkus-dist-$version.zip")
mv "$folder/keycloak-$version"/* "$folder/"
rm -r "$folder/keycloak-$version" "$folder/keycloak-quarkus-dist-$version.zip"
chmod +x "$folder"/bin/*.sh
echo "Keycloak $version: building"
"$folder/bin/kc.sh" build --db=postgres --cache=local >/dev/null
touch "$folder/.built-$version"
