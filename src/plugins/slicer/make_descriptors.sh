#!/usr/bin/env bash
# Makes MRNetLib/mrnet.desc from the protos: the plugin builds its messages from it when it starts.
#   PROTOC=/path/to/protoc bash make_descriptors.sh [OUTPUT]
# Without PROTOC, the protoc that the server's build has fetched (NuGet Grpc.Tools) or that of the system is taken.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
output=$(realpath -m "${1:-$here/MRNetSegmentation/MRNetLib/mrnet.desc}")
fetched=$(ls -d "${NUGET_PACKAGES:-$HOME/.nuget/packages}"/grpc.tools/* 2>/dev/null | tail -1 || true)
if [ -z "${PROTOC:-}" ] && [ -n "$fetched" ]; then
  PROTOC=$fetched/tools/linux_x64/protoc
  common=(--proto_path="$fetched/build/native/include") # google/protobuf/*.proto
fi
cd "$here/../../../protos"
"${PROTOC:-protoc}" --proto_path=. --proto_path="$here/.." "${common[@]}" --include_imports --descriptor_set_out="$output" \
  mrnet/imaging/v1/segmentation.proto rich_status.proto
