#!/usr/bin/env bash
# Builds the component; $1 or target/examples/python.wasm. Needs Python 3.10 or newer.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../../.." && pwd)
out=${1:-$root/target/examples/python.wasm}
work=$root/target/examples/python
mkdir -p "$work" "$(dirname "$out")"

if [ ! -x "$work/venv/bin/componentize-py" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet --requirement "$here/requirements.txt"
fi
cd "$here"
"$work/venv/bin/componentize-py" --wit-path "$root/wit" --world patch \
    componentize --python-path "$here" plugin --output "$out"
echo "$out"
