#!/bin/sh
# Reading HL7 v2 side by side with other libraries, in one run on the same messages. Needs Python 3 with venv.
set -eu
cd "$(dirname "$0")/.."
work=${TMPDIR:-/tmp}/headwall-bench-er7
mkdir -p "$work"
if [ ! -x "$work/venv/bin/python" ]; then
    python3 -m venv "$work/venv"
    "$work/venv/bin/pip" install --quiet hl7==0.4.5 hl7lw==0.1.2 hl7kit==0.2.0 brightohir==2.1.2
fi
bench=${BENCH:-.build/release/headwall-bench}
[ -x "$bench" ] || swift build -c release --product headwall-bench
ER7_CORPUS="$work/corpus.mllp" "$bench" --only er7
"$work/venv/bin/python" Benchmarks/er7_peers.py "$work/corpus.mllp"
