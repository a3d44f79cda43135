#!/usr/bin/env bash
# Makes src/gen from the protos (not committed).   PROTOC=/path/to/protoc bash generate.sh
# Without PROTOC, the protoc that the server's build has fetched (NuGet Grpc.Tools) or that of the system is taken.
set -euo pipefail
cd "$(dirname "$0")"
fetched=$(ls -d "${NUGET_PACKAGES:-$HOME/.nuget/packages}"/grpc.tools/* 2>/dev/null | tail -1 || true)
if [ -z "${PROTOC:-}" ] && [ -n "$fetched" ]; then
  PROTOC=$fetched/tools/linux_x64/protoc
  common=(--proto_path="$fetched/build/native/include") # google/protobuf/*.proto
fi
mkdir -p src/gen
"${PROTOC:-protoc}" --proto_path=../../../protos --proto_path=.. "${common[@]}" \
  --plugin=protoc-gen-es=node_modules/.bin/protoc-gen-es --es_out=src/gen --es_opt=target=ts \
  $(cd ../../../protos && ls mrnet/imaging/v1/*.proto) rich_status.proto
