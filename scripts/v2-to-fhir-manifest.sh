#!/usr/bin/env bash
# Writes the manifest of the v2-to-FHIR maps: SHA-256 of each table. Run it after a change of a table.
set -euo pipefail
cd "$(dirname "$0")/../Mappings/v2-to-fhir/1.0"
{
    sed -n '/^#/p' manifest.tsv
    printf 'path\tsha256\n'
    find . -name '*.tsv' ! -name manifest.tsv ! -path './site/*' -printf '%P\n' | LC_ALL=C sort | while read -r table; do
        printf '%s\t%s\n' "$table" "$(sha256sum "$table" | cut -d' ' -f1)"
    done
} > manifest.new
mv manifest.new manifest.tsv
