#!/usr/bin/env bash
# Builds the component; $1 or target/examples/javascript.wasm. Needs Node 20 or newer.
set -euo pipefail
out=${1:+$(realpath -m "$1")}
cd "$(dirname "$0")"
npm ci --no-audit --no-fund --silent
node build.mjs ${out:+"$out"}
