#!/usr/bin/env bash
# The one test command: installs the real peers it can, builds, runs every test, ends with 'N passed, N failed, N skipped'.
#   bash tests/run.sh            everything
#   bash tests/run.sh Dicom      only the test projects whose name holds 'Dicom'
set -uo pipefail
cd "$(dirname "$0")/.."
only=${1:-}

peers=(dcmtk orthanc orthanc-dicomweb dicom3tools python3-pydicom python3-nibabel python3-numpy libopenjp2-7
  python3-grpcio python3-protobuf python3-vtk9 chromium strace nats-server)
missing() { for p in "${peers[@]}"; do dpkg-query -W -f '${Status}' "$p" 2>/dev/null | grep -q 'install ok' || echo "$p"; done; }
if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] && [ -n "$(missing)" ]; then
  echo "installing $(missing | tr '\n' ' ')"
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $(missing); } >/dev/null 2>&1 ||
    echo "some of them could not be installed; the tests that need them say so"
fi

dotnet build MRNet.Imaging.sln -c Release -v q -nologo || exit 1

passed=0 failed=0 skipped=0
log=$(mktemp) fallen=$(mktemp) # the whole log of what fell is long: its names stand once more at the end
trap 'rm -f "$log" "$fallen"' EXIT

if [[ OHIF == *"$only"* || EndToEnd == *"$only"* ]]; then # before the browser tests, which need what it makes
  echo "== OHIF plugin"
  if ! command -v npm >/dev/null; then
    echo "left out: no Node.js; the tests in a browser say so"
  elif (cd src/plugins/ohif && npm ci --no-audit --no-fund && npm run build && npm run ohif && npm test) >"$log" 2>&1; then
    t=$(grep -oE '^# pass [0-9]+' "$log" | tr -dc '0-9')
    echo "Total: $t, Failed: 0"
    passed=$((passed + t))
  else
    cat "$log"
    echo "OHIF plugin" >>"$fallen"
    failed=$((failed + 1))
  fi
fi

for project in tests/*.Tests; do
  name=$(basename "$project")
  [[ $name == *"$only"* ]] || continue
  echo "== $name"
  timeout -k 30 20m "$project/bin/Release/net10.0/$name" -noColor -longRunning 120 >"$log" 2>&1 # a test that stands still is named in the log
  status=$?
  counts=$(grep -oE 'Total: [0-9]+, Errors: [0-9]+, Failed: [0-9]+, Skipped: [0-9]+' "$log" | tail -1)
  read -r t e f s <<<"$(tr -dc '0-9 ' <<<"$counts")"
  if [ -z "$counts" ]; then # it fell before it could say how it went
    t=1 e=1 f=0 s=0
  elif [ "$status" -ne 0 ] && [ $((e + f)) -eq 0 ]; then
    e=1
  fi
  if [ $((e + f)) -gt 0 ]; then
    cat "$log"
    grep -E '\[FAIL\]' "$log" >>"$fallen" || echo "$name" >>"$fallen"
  else
    grep -E -A 1 '\[SKIP\]' "$log" | grep -v '^--'
    echo "$counts"
  fi
  passed=$((passed + t - e - f - s)) failed=$((failed + e + f)) skipped=$((skipped + s))
done

if [[ Slicer == *"$only"* ]] && /usr/bin/python3 -c 'import grpc, vtk, pydicom, nibabel' 2>/dev/null; then
  echo "== Slicer plugin"
  (cd tests/slicer && /usr/bin/python3 -m unittest -v) >"$log" 2>&1
  status=$?
  t=$(grep -oE '^Ran [0-9]+' "$log" | tr -dc '0-9') s=$(grep -cE ' \.\.\. skipped ' "$log")
  f=$(grep -cE ' \.\.\. (FAIL|ERROR)$' "$log")
  [ "$status" -eq 0 ] || [ "$f" -gt 0 ] || f=1
  if [ "$f" -gt 0 ]; then
    cat "$log"
    grep -E ' \.\.\. (FAIL|ERROR)$' "$log" >>"$fallen" || echo "Slicer plugin" >>"$fallen"
  else
    echo "Total: $t, Failed: 0, Skipped: $s"
  fi
  passed=$((passed + ${t:-0} - f - s)) failed=$((failed + f)) skipped=$((skipped + s))
elif [[ Slicer == *"$only"* ]]; then
  echo "== Slicer plugin: left out, python3-grpcio or python3-vtk9 is not installed"
fi

[ "$passed" -ge 0 ] || passed=0
cat "$fallen"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ $((passed + skipped)) -gt 0 ]
