#!/usr/bin/env bash
# Renew what the pages take from npm: static/govuk.css, and the scripts under static/vendor. Needs Node.js and npm.
# The result is committed, so nobody needs this to run or to change the pages; only to change govuk.scss or a version.
# GOV.UK Frontend's version must be the one that govuk-frontend-jinja's macros were written for (a test compares them).
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
static="$here/../static"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

npm install --prefix "$work" --no-save --no-fund --no-audit govuk-frontend@6.3.0 htmx.org@2.0.11 sass@1.108.2 >/dev/null
"$work/node_modules/.bin/sass" --load-path="$work/node_modules" --style=compressed --no-source-map --no-charset \
    "$here/govuk.scss" "$static/govuk.css"
mkdir -p "$static/vendor"
sed 's,//# sourceMappingURL=.*,,' "$work/node_modules/govuk-frontend/dist/govuk/govuk-frontend.min.js" >"$static/vendor/govuk-frontend.min.js"
cp "$work/node_modules/htmx.org/dist/htmx.min.js" "$static/vendor/htmx.min.js"
