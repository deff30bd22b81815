#!/usr/bin/env bash
# Takes a picture of a page of the Temporal Web UI, for looking at what an on-call engineer sees.
# Not part of `npm test`: a person judges it. Needs Chromium (Debian package chromium).
#   test/look/web-ui.sh URL [PICTURE.png]     the URL as `purser onboard` prints it
set -euo pipefail
url=${1:?give the URL of a page, as \`purser onboard\` prints it}
picture=${2:-web-ui.png}
profile=$(mktemp -d)
trap 'rm -rf "$profile"' EXIT
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
  --disable-background-networking --disable-component-update --disable-sync \
  --user-data-dir="$profile" --window-size=1500,1700 --virtual-time-budget=15000 \
  --screenshot="$picture" "$url" 2>/dev/null
echo "$picture"
