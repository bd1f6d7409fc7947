#!/usr/bin/env bash
# Installs what is missing: the system libraries that Headwall links and, with `--tests`, the programs that some tests
# drive (without those, the tests are skipped and say so).
set -eu

missing() {
    for package in "$@"; do
        dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || echo "$package"
    done
}

# Runs the one line as root, if this user may.
install() {
    local line="apt-get update -q && apt-get install -y -q --no-install-recommends $*"
    if [ "$(id -u)" -eq 0 ]; then
        sh -c "$line" >/dev/null
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        sudo sh -c "$line" >/dev/null
    else
        echo "Missing: $*. This user may not install them; run this once, then try again:" >&2
        echo "    sudo sh -c '$line'" >&2
        return 69
    fi
}

libraries=$(missing libxml2-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev pkg-config)
if [ -n "$libraries" ]; then
    echo "Installing" $libraries
    install $libraries || exit $?
fi

if [ "${1:-}" = --tests ]; then
    programs=$(missing chromium openssl)
    if [ -n "$programs" ]; then
        echo "Installing" $programs "for the tests"
        install $programs || echo "Tests that need" $programs "will be skipped." >&2
    fi
fi

if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.3 is needed (https://www.swift.org/install/linux/)." >&2
    exit 69
fi
