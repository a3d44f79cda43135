#!/usr/bin/env bash
# The one test command: installs the real peers it can, builds, runs every test, ends with 'N passed, N failed, N skipped'.
#   bash tests/run.sh            everything
#   bash tests/run.sh Dicom      only the test projects whose name holds 'Dicom'
set -uo pipefail
cd "$(dirname "$0")/.."
only=${1:-}

peers=(dcmtk dicom3tools python3-pydicom python3-grpcio python3-protobuf python3-nibabel python3-numpy libcharls2 libopenjp2-7)
missing() { for p in "${peers[@]}"; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok' || echo "$p"; done; }
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] && [ -n "$(missing)" ]; then
  echo "installing $(missing | tr '\n' ' ')"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(missing); } >/dev/null 2>&1 ||
    echo "some of them could not be installed; the tests that need them say so"
fi

dotnet build MRNet.Imaging.sln -c Release -v q -nologo || exit 1

passed=0 failed=0 skipped=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for project in tests/*.Tests; do
  name=$(basename "$project")
  [[ $name == *"$only"* ]] || continue
  echo "== $name"
  "$project/bin/Release/net10.0/$name" -noColor >"$log" 2>&1
  status=$?
  counts=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1)
  read -r t e f s <<<"$(tr -dc '0-9 ' <<<"$counts")"
  if [ -z "$counts" ]; then # it fell before it could say how it went
    t=1 e=1 f=0 s=0
  elif [ "$status" -ne 0 ] && [ $((e + f)) -eq 0 ]; then
    e=1
  fi
  if [ $((e + f)) -gt 0 ]; then cat "$log"; else grep -E -A 1 '\[SKIP\]' "$log" | grep -v '^--'; echo "$counts"; fi
  passed=$((passed + t - e - f - s)) failed=$((failed + e + f)) skipped=$((skipped + s))
done

[ "$passed" -ge 0 ] || passed=0
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
