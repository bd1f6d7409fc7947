#!/bin/sh
# Trees and their Shapley values beside the C libraries of LightGBM and XGBoost, in one run. Needs Python 3 with venv, only
# to fetch the libraries: they are called through their C interfaces.
set -eu
cd "$(dirname "$0")/.."
work=${TMPDIR:-/tmp}/headwall-bench-inference
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet lightgbm==4.6.0 xgboost-cpu==3.2.0 || {
        rm -rf "$work/venv"
        exit 1
    }
fi
HEADWALL_LIGHTGBM=$(find "$work/venv" -name lib_lightgbm.so | head -n 1)
HEADWALL_XGBOOST=$(find "$work/venv" -name libxgboost.so | head -n 1)
export HEADWALL_LIGHTGBM HEADWALL_XGBOOST
# Wheels bring their OpenMP along in a folder of their own.
LD_LIBRARY_PATH=$(find "$work/venv" -name 'libgomp*.so*' -exec dirname {} \; | sort -u | tr '\n' ':')${LD_LIBRARY_PATH:-}
export LD_LIBRARY_PATH
bench=${BENCH:-.build/release/headwall-bench}
[ -x "$bench" ] || swift build -c release --product headwall-bench
"$bench" --only inference "$@"
