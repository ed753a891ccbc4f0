#!/bin/sh
# Measures files made to hurt: exit code, first line of the error, peak memory, seconds. One line of Markdown a file.
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
    said=$(grep -m1 -i '^error' err || tail -1 err | cut -c1-160)
    memory=$(sed -n 's/^MEMORY \([0-9]*\) .*/\1/p' time)
    seconds=$(sed -n 's/^MEMORY .* //p' time)
    echo "| $1 | $2 | $code | $((memory / 1024)) | $seconds | $(echo "$said" | sed 's/|/\\|/g') |"
}

measured() {
    code=0
    timeout 60 /usr/bin/time -o time -f 'MEMORY %M %e' "$binary" "$@" >out 2>err || code=$?
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
        timeout 60 /usr/bin/time -o time -f 'MEMORY %M %e' "$binary" check --offline -m mapping.toml - >out 2>err || code=$?
    echo "$code" >code
    tell "one line of 2 GB ($line…)" check
done
