#!/bin/sh
# Fuzzes the HL7 v2 parser, grouping, editing and answering with libFuzzer: scripts/fuzz.sh [seconds] [libFuzzer options]
# A crash leaves its input beside the corpus; run the program with that file to repeat it.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
[ $# -gt 0 ] && shift
work=${FUZZ_WORK:-Tests/Fuzz/.build/corpus}
swift build --package-path Tests/Fuzz -c release --product fuzz-hl7v2
mkdir -p "$work/found" "$work/seeds"
for file in Fixtures/hl7v2/*/*.hl7; do
    [ -f "$file" ] && cp "$file" "$work/seeds/$(basename "$file")"
done
# A hang is a test that takes more than five seconds; memory is bounded to one gigabyte.
SWIFT_BACKTRACE=enable=no Tests/Fuzz/.build/release/fuzz-hl7v2 "$work/found" "$work/seeds" \
    -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=8192 -artifact_prefix="$work/" \
    -print_final_stats=1 "$@"
