#!/usr/bin/env bash
# Makes a folder with mrnet that needs no .NET on the computer it goes to (Linux, x64, glibc), and tries it on testdata.
#   deploy/publish.sh FOLDER               libtorch for the processor
#   deploy/publish.sh FOLDER cuda-linux    libtorch for CUDA; could not be tried where this was written
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '2,4s/^# *//p' "$0"; exit 1; }
mkdir -p "$1"
folder=$(cd "$1" && pwd) backend=${2:-cpu}
[ -z "$(ls -A "$folder")" ] || { echo "$folder is not empty; name a new folder." >&2; exit 1; }

dotnet publish src/MRNet.Imaging.Cli -c Release -r linux-x64 --self-contained -p:PublishReadyToRun=true -p:TorchBackend="$backend" -o "$folder" -v q -nologo
cp LICENSE README.md deploy/mrnet.json deploy/mrnet.service "$folder"

ohif=src/plugins/ohif parts=()
if [ -f $ohif/ohif/index.html ] && [ -f $ohif/dist/extension.js ]; then
  mkdir "$folder/viewer" "$folder/viewer/mrnet"
  cp -r $ohif/ohif "$folder/viewer/ohif"
  cp $ohif/dist/extension.js* $ohif/dist/mode.js* "$folder/viewer/mrnet"
  parts=($ohif/package-lock.json "$(cat $ohif/ohif/.version)")
  echo "with the viewer"
else
  echo "without the viewer: it is built with npm in $ohif (npm ci, npm run build, npm run ohif)"
fi

dotnet run --file deploy/sbom.cs -- "$folder/mrnet.deps.json" "${parts[@]}" >"$folder/sbom.cdx.json"
grep -q '"pkg:nuget/TorchSharp@' "$folder/sbom.cdx.json" || { echo "the list of parts has no TorchSharp" >&2; exit 1; }

echo "trying it"
try=$(mktemp -d) server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$try"' EXIT
mrnet=$folder/mrnet
"$mrnet" --version
"$mrnet" serve --print-config | diff - deploy/mrnet.json
"$mrnet" segment testdata/ct-nodule --out "$try/out" --quiet
for file in segmentation.dcm contact-sheet.png result.json; do [ -s "$try/out/$file" ] || { echo "segment wrote no $file" >&2; exit 1; }; done
viewer=(); [ ! -d "$folder/viewer" ] || viewer=(--viewer --data testdata)
"$mrnet" serve --store "$try/store" --port 0 "${viewer[@]}" >"$try/said" 2>&1 & server=$!
for _ in $(seq 300); do grep -q '^gRPC on' "$try/said" && break; kill -0 $server 2>/dev/null || break; sleep 0.1; done
grep '^gRPC on' "$try/said" || { cat "$try/said" >&2; exit 1; }
kill $server && wait $server
server=
echo "$folder: $(du -sh --apparent-size "$folder" | cut -f1)"
