#!/usr/bin/env bash
# Installs the three system libraries that Headwall links, if they are missing.
set -eu
packages=()
for package in libxml2-dev libsqlite3-dev libcurl4-openssl-dev; do
    dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || packages+=("$package")
done
if [ ${#packages[@]} -gt 0 ]; then
    line="apt-get update && apt-get install -y --no-install-recommends pkg-config ${packages[*]}"
    if [ "$(id -u)" -eq 0 ]; then
        echo "Installing ${packages[*]}"
        sh -c "$line" >/dev/null
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        echo "Installing ${packages[*]}"
        sudo sh -c "$line" >/dev/null
    else
        echo "Missing: ${packages[*]}. This user may not install them; run this once, then try again:" >&2
        echo "    sudo sh -c '$line'" >&2
        exit 69
    fi
fi
if ! command -v swift >/dev/null 2>&1; then
    echo "Swift 6.3 is needed (https://www.swift.org/install/linux/)." >&2
    exit 69
fi
