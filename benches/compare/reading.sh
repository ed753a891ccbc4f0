#!/usr/bin/env bash
# Reading, measured side by side: `check --offline`, all of an import but the upload, and the parsers by themselves: the csv
# crate's reader, a plain conversion of every row with serde_json, serde_json's trees, calamine's cells, python-calamine.
# Prints Markdown. Takes about five minutes on two quiet cores once all is built.
#
#   benches/compare/reading.sh [> figures.md]
#
# What it needs and does not find it installs (Debian: python3-venv, time) or builds (the tool, the parsers' programs).
#   ROUNDS=5          rounds, interleaved; the tables have their medians and their spread
#   MEGABYTES=300     of the CSV; the JSON lines hold the same rows
#   XLSX_ROWS=300000  rows of the workbook, of nine columns
#   PROFILE=release   how the tool is built; WORK=… where files go (a folder of its own, emptied at the end)
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5} megabytes=${MEGABYTES:-300} xlsx_rows=${XLSX_ROWS:-300000} profile=${PROFILE:-release}
here=$PWD/benches/compare
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/reading.XXXXXX")
trap 'rm -rf "$work"' EXIT
export LC_ALL=C.UTF-8 HOME=${HOME:-$work}
say() { echo "$*" >&2; }

install() {
  say "installing $1"
  apt-get install -y "$1" >/dev/null 2>&1
}
[ -x /usr/bin/time ] || install time || { say "/usr/bin/time is missing: install the package time"; exit 1; }
has_python=yes
python3 -m venv "$work/venv" 2>/dev/null || { install python3-venv && python3 -m venv "$work/venv"; } || has_python=
[ -z "$has_python" ] || "$work/venv/bin/pip" -q install python-calamine >&2 || has_python=
[ -n "$has_python" ] || say "no python-calamine: left out"

say "building"
cargo build -q --profile "$profile" --bin chatterload
cargo build -q --release --manifest-path "$here/baseline/Cargo.toml" --target-dir target/baseline
tool=$PWD/target/$profile/chatterload
parser=$PWD/target/baseline/release/baseline

cat >"$work/mapping.toml" <<'MAPPING'
name = "Reading"
[key]
columns = ["id"]
[source]
timezone = "Europe/London"
[response]
data_type = "nps"
data_source = { column = "channel", map = { Mail = "zendesk", Web = "typeform" } }
score = { column = "score", min = 0, max = 10 }
comment = "comment"
created_at = "date"
[response.user_meta]
agent = "agent"
[response.segments]
country = "country"
plan = "plan"
MAPPING

cat >"$work/calamine.py" <<'PYTHON'
import sys
from python_calamine import CalamineWorkbook
rows = 0
for row in CalamineWorkbook.from_path(sys.argv[1]).get_sheet_by_index(0).iter_rows():
    rows += 1
print(rows)
PYTHON

say "making the inputs"
"$parser" make csv "$work/probe.csv" 10000 >/dev/null
bytes_a_row=$(($(stat -c %s "$work/probe.csv") / 10000))
rows=$((megabytes * 1000000 / bytes_a_row))
sizes=($((rows / 30)) $((rows / 5)) "$rows")
xlsx_sizes=($((xlsx_rows / 30)) $((xlsx_rows / 5)) "$xlsx_rows")
for size in "${sizes[@]}"; do
  for kind in csv ndjson; do "$parser" make $kind "$work/$size.$kind" "$size" >/dev/null; done
done
for size in "${xlsx_sizes[@]}"; do "$parser" make xlsx "$work/$size.xlsx" "$size" >/dev/null; done

# What it prints is thrown away; what went wrong is shown.
run() { # WHAT FILE: seconds and KB
  local command=("$parser" "${1#*_}" "$2")
  case $1 in
    tool_*) command=("$tool" check "$2" -m "$work/mapping.toml" --offline --json) ;;
    python_*) command=("$work/venv/bin/python" "$work/calamine.py" "$2") ;;
  esac
  /usr/bin/time -o "$work/time" -f '%e %M' "${command[@]}" >"$work/out" 2>"$work/err" ||
    { tail -3 "$work/out" "$work/err" >&2; return 1; }
  tail -1 "$work/time"
}
measure() { # WHAT FILE
  local figures; figures=$(run "$1" "$2")
  say "  $1 ${2##*/}: ${figures% *} s, $((${figures#* } / 1024)) MB"
  echo "${figures% *}" >>"$work/$1.seconds"
  echo "${figures#* }" >>"$work/$1.${2##*/}.memory"
}
median() { sort -n "$1" | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
# Of each round, so that a machine that is busy now and then does not count.
ratio() { paste "$work/$1.seconds" "$work/$2.seconds" | awk '{ print $1 / $2 }' >"$work/ratios"; printf '%.2f' "$(median "$work/ratios")"; }
most() { sort -n "$work/$1.$2.memory" | awk 'END { printf "%.0f", $1 / 1024 }'; }

csv=$work/$rows.csv ndjson=$work/$rows.ndjson xlsx=$work/$xlsx_rows.xlsx
of_xlsx=(tool_xlsx parser_xlsx)
[ -z "$has_python" ] || of_xlsx+=(python_xlsx)
# The first look at a file brings it into the page cache.
cat "$csv" "$ndjson" "$xlsx" >/dev/null
for round in $(seq "$rounds"); do
  say "round $round of $rounds"
  for what in tool_csv parser_csv parser_strings parser_convert; do measure $what "$csv"; done
  for what in tool_ndjson parser_ndjson; do measure $what "$ndjson"; done
  for what in "${of_xlsx[@]}"; do measure "$what" "$xlsx"; done
done
say "memory at smaller sizes"
memory() { # WHAT FILE
  run "$1" "$2" | cut -d' ' -f2 >>"$work/$1.${2##*/}.memory"
}
for size in "${sizes[@]:0:2}"; do
  for what in tool_csv parser_csv parser_strings parser_convert; do memory $what "$work/$size.csv"; done
  for what in tool_ndjson parser_ndjson; do memory $what "$work/$size.ndjson"; done
done
for size in "${xlsx_sizes[@]:0:2}"; do
  for what in "${of_xlsx[@]}"; do memory "$what" "$work/$size.xlsx"; done
done

version() { sed -n "/^name = \"$1\"/{n;s/version = \"\(.*\)\"/\1/p;q}" "$here/baseline/Cargo.lock"; }
echo "Measured on $(date -u +%F): $(nproc) cores ($(sed -n 's/model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB, Linux $(uname -r); load at the end: $(cut -d' ' -f1 /proc/loadavg)."
echo "$("$tool" --version), built by $(rustc --version | cut -d' ' -f1,2); csv $(version csv), serde_json $(version serde_json), calamine $(version calamine)$([ -z "$has_python" ] || echo ", python-calamine $("$work/venv/bin/pip" list 2>/dev/null | awk 'tolower($1) ~ /^python.calamine$/ { print $2 }') on $(python3 --version)")."
echo
echo "$rounds rounds, interleaved; $rows rows: $(($(stat -c %s "$csv") / 1000000)) MB of CSV, $(($(stat -c %s "$ndjson") / 1000000)) MB of JSON lines; a workbook of $xlsx_rows rows, $(($(stat -c %s "$xlsx") / 1000000)) MB."
echo
echo "| | seconds, median | min–max | of the parser | MB at $(IFS=/; echo "${sizes[*]}") rows |"
echo "|---|---:|---:|---:|---:|"
line() { # NAME WHAT OF KIND SIZES…
  [ -f "$work/$2.seconds" ] || return 0
  local name=$1 what=$2 of=$3 kind=$4 size memory=
  shift 4
  for size in "$@"; do memory+="${memory:+ / }$(most "$what" "$size.$kind")"; done
  echo "| $name | $(median "$work/$what.seconds") | $(sort -n "$work/$what.seconds" | sed -n '1p;$p' | paste -sd- | sed 's/-/–/') | $(ratio "$what" "$of") | $memory |"
}
line "\`check --offline\` of CSV" tool_csv parser_csv csv "${sizes[@]}"
line "csv crate, byte records" parser_csv parser_csv csv "${sizes[@]}"
line "csv crate, string records" parser_strings parser_csv csv "${sizes[@]}"
line "csv crate and \`json!\`, nothing checked" parser_convert parser_csv csv "${sizes[@]}"
line "\`check --offline\` of JSON lines" tool_ndjson parser_ndjson ndjson "${sizes[@]}"
line "serde_json, a \`Value\` a line" parser_ndjson parser_ndjson ndjson "${sizes[@]}"
echo
echo "| | seconds, median | min–max | of the parser | MB at $(IFS=/; echo "${xlsx_sizes[*]}") rows |"
echo "|---|---:|---:|---:|---:|"
line "\`check --offline\` of XLSX" tool_xlsx parser_xlsx xlsx "${xlsx_sizes[@]}"
line "calamine, cells" parser_xlsx parser_xlsx xlsx "${xlsx_sizes[@]}"
line "python-calamine, rows" python_xlsx parser_xlsx xlsx "${xlsx_sizes[@]}"
