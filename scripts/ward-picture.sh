#!/usr/bin/env bash
# Takes a picture of the demonstration ward page, or of another page of it, with a headless Chromium.
# Usage: scripts/ward-picture.sh [PNG [/queue/unmapped]]     HEADWALL names the program, CHROMIUM the browser.
set -eu
cd "$(dirname "$0")/.."
headwall=${HEADWALL:-.build/release/headwall}
picture=${1:-docs/ward-page.png}

browser=${CHROMIUM:-$(command -v chromium || command -v chromium-browser || command -v google-chrome || true)}
missing=()
[ -n "$browser" ] || missing+=(chromium)
command -v fc-list >/dev/null 2>&1 && fc-list 2>/dev/null | grep -qi liberation || missing+=(fonts-liberation)
if [ ${#missing[@]} -gt 0 ]; then
    echo "Missing: ${missing[*]}. Run this once, then try again:" >&2
    echo "    sudo sh -c 'apt-get update && apt-get install -y --no-install-recommends ${missing[*]}'" >&2
    exit 69
fi
if [ ! -x "$headwall" ]; then
    echo "$headwall is not there; build it with: make build" >&2
    exit 66
fi

work=$(mktemp -d)
demo=
finish() {
    if [ -n "$demo" ]; then
        kill -TERM "$demo" 2>/dev/null || true
        wait "$demo" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap finish EXIT

"$headwall" demo --port 0 --folder "$work/store" >"$work/out" 2>"$work/err" &
demo=$!
address=
for _ in $(seq 600); do
    address=$(sed -n 's/^ward page *\(http[^ ]*\).*/\1/p' "$work/out")
    [ -n "$address" ] && break
    if ! kill -0 "$demo" 2>/dev/null; then
        cat "$work/err" >&2
        echo "the demo ended before its page was there" >&2
        exit 70
    fi
    sleep 0.2
done
if [ -z "$address" ]; then
    echo "the demo's page was not there within two minutes" >&2
    exit 69
fi

if [ -n "${2:-}" ]; then address=${address%/ward}$2; fi
mkdir -p "$(dirname "$picture")"
# The page keeps an event stream open, so the browser is told when to stop waiting for the page to finish.
"$browser" --headless --no-sandbox --hide-scrollbars --disable-gpu --disable-lcd-text --user-data-dir="$work/profile" \
    --window-size=1440,900 --timeout=4000 --screenshot="$work/page.png" "$address" >/dev/null 2>"$work/browser" || true
if [ ! -s "$work/page.png" ]; then
    tail -5 "$work/browser" >&2
    echo "the browser made no picture" >&2
    exit 69
fi
# A quarter of the size, where the tool for it is installed.
if command -v pngquant >/dev/null 2>&1; then
    pngquant --force --strip --output "$work/small.png" 256 "$work/page.png" && mv "$work/small.png" "$work/page.png"
fi
mv "$work/page.png" "$picture"
echo "$picture  $(wc -c <"$picture") bytes"
