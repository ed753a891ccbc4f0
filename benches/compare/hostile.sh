#!/bin/sh
# Measures files made to hurt: exit code, peak memory, seconds of processor, first line of the error. One line of Markdown a file.
#
#   benches/compare/hostile.sh [BINARY [FOLDER]]
#
# Needs python3 and GNU time. BINARY: target/release/chatterload; FOLDER keeps the files (1.3 GB), else they are removed.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
binary=${1:-$here/../../target/release/chatterload}
if [ $# -gt 1 ]; then
    folder=$2
else
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
fi
python3 "$here/hostile.py" "$folder"
cd "$folder"
export CHATTERLOAD_LEDGER="$folder/ledger.sqlite"

tell() { # NAME COMMAND
    code=$(cat code)
    said=$(cat err out | grep -m1 '^error' || grep -hm1 'would be sent' out || true)
    # Seconds of processor, as those of the wall tell more of what else runs.
    figures=$(awk '/^MEMORY/ { printf "%d | %.2f", $2 / 1024, $3 + $4 }' time)
    echo "| $1 | $2 | $code | ${figures:-over | 60} | $(echo "$said" | sed 's/|/\\|/g') |"
}

measured() {
    code=0
    timeout 60 /usr/bin/time -o time -f 'MEMORY %M %U %S' "$binary" "$@" >out 2>err || code=$?
    echo "$code" >code
}

echo '| file | command | exit | MB | s | error |'
echo '|---|---|--:|--:|--:|---|'
for file in sparse.xlsx strings-bomb.xlsx sheet-bomb.xlsx lying-bomb.xlsx bomb.ods million.ods bomb.csv.gz bomb.csv.zst \
    bomb.zip twice.csv.gz columns.csv deep.json deep.ndjson wide.ndjson unclosed.csv unclosed-header.csv noise.xls \
    noise.xlsb noise.csv noise.xlsx long.xlsx; do
    [ -f "$file" ] || continue
    measured inspect "$file"
    tell "$file" inspect
    measured check --offline -m mapping.toml "$file"
    tell "$file" check
done
# One endless line, from a pipe.
for line in 'x' 'x,'; do
    code=0
    { echo id,comment; yes "$line" | tr -d '\n' | head -c 2147483648; } 2>/dev/null |
        timeout 60 /usr/bin/time -o time -f 'MEMORY %M %U %S' "$binary" check --offline -m mapping.toml - >out 2>err || code=$?
    echo "$code" >code
    tell "one line of 2 GB ($line…)" check
done
