#!/bin/sh
# Fuzzes with libFuzzer: scripts/fuzz.sh [seconds] [harness] [libFuzzer options]
# The harness is fuzz-hl7v2 (parser, grouping, editing, answering) or fuzz-convert (HL7 v2 to FHIR).
# A crash leaves its input beside the corpus; run the program with that file to repeat it.
set -eu
cd "$(dirname "$0")/.."
seconds=${1:-60}
harness=${2:-fuzz-hl7v2}
[ $# -ge 2 ] && shift 2 || shift $#
work=${FUZZ_WORK:-Tests/Fuzz/.build/corpus}/$harness
swift build --package-path Tests/Fuzz -c release --product "$harness"
mkdir -p "$work/found" "$work/seeds"
for file in Fixtures/hl7v2/*/*.hl7; do
    [ -f "$file" ] && cp "$file" "$work/seeds/$(basename "$file")"
done
# A hang is a test that takes more than five seconds; memory is bounded to one gigabyte.
SWIFT_BACKTRACE=enable=no "Tests/Fuzz/.build/release/$harness" "$work/found" "$work/seeds" \
    -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -max_len=8192 -artifact_prefix="$work/" \
    -print_final_stats=1 "$@"
