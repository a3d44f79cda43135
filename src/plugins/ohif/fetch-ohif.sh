#!/usr/bin/env bash
# Fetches OHIF's own app, as its makers built it, into ohif/ (not committed): bash fetch-ohif.sh [FOLDER]
# `npm install` of it fails (it asks for a package that was never published), so the archive is unpacked as it is.
set -euo pipefail
cd "$(dirname "$0")"
version=3.13.2
folder=$(realpath -m "${1:-ohif}")
if [ -f "$folder/.version" ] && [ "$(cat "$folder/.version")" = "$version" ]; then exit 0; fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
npm pack --silent --pack-destination "$work" "@ohif/app@$version" >/dev/null
tar xzf "$work"/ohif-app-*.tgz -C "$work" package/dist
find "$work/package/dist" -name '*.map' -delete
rm -rf "$folder"
mkdir -p "$(dirname "$folder")"
mv "$work/package/dist" "$folder"
echo "$version" >"$folder/.version"
echo "OHIF $version is in $folder"
