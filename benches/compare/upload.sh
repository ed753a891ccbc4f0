#!/usr/bin/env bash
# Uploading, measured side by side: chatterload with its ledger and without, a bare loop over the same HTTP client, wrk, a
# Python script with aiohttp, and qsv where it is installed. Prints Markdown. Takes about ten minutes on two quiet cores.
#
#   benches/compare/upload.sh [> figures.md]
#
# What it needs and does not find it installs (Debian: nginx, wrk, python3-venv) or builds (the tool, the loop).
#   ROUNDS=5        rounds, interleaved; the table has their medians and their spread
#   ROWS=200000     rows a round
#   SLOW_ROWS=20000 rows of those that take long: aiohttp, qsv, the late server
#   LATE_ROUNDS=3   rounds against the server that answers after 50 ms
#   MEMORY_ROWS="20000 200000 2000000"   sizes at which memory is measured; the last fills the ledger of the last table
#   IN_FLIGHT=32    requests in flight
#   PROFILE=release how the tool is built; WORK=… where files go (a folder of its own, emptied at the end)
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${ROUNDS:-5} rows=${ROWS:-200000} slow_rows=${SLOW_ROWS:-20000} late_rounds=${LATE_ROUNDS:-3}
memory_rows=${MEMORY_ROWS:-20000 200000 2000000} in_flight=${IN_FLIGHT:-32} profile=${PROFILE:-release}
here=$PWD/benches/compare
work=$(mktemp -d "${WORK:-${TMPDIR:-/tmp}}/upload.XXXXXX")
port=$((20000 + RANDOM % 10000)) late_port=$((30001 + RANDOM % 2000))
export CHATTERMILL_API_KEY=k
say() { echo "$*" >&2; }

started=()
finish() {
  for process in "${started[@]}"; do kill "$process" 2>/dev/null || true; done
  rm -rf "$work"
}
trap finish EXIT

need() { # COMMAND PACKAGE
  command -v "$1" >/dev/null && return
  say "installing $2"
  apt-get install -y "$2" >/dev/null 2>&1 || { say "cannot install $2"; return 1; }
}
need nginx nginx
has_wrk=yes; need wrk wrk || has_wrk=
has_python=yes
python3 -m venv "$work/venv" 2>/dev/null || { need no-such-command python3-venv && python3 -m venv "$work/venv"; } || has_python=
[ -z "$has_python" ] || "$work/venv/bin/pip" -q install aiohttp >&2 || has_python=
# From 5.1.0 to 16.1.0 qsv does not compile from its published source with the parts that it needs.
has_qsv=; command -v qsv >/dev/null && has_qsv=yes || say "no qsv: left out (half an hour, with cmake: cargo install qsv \
--version 4.0.0 --locked --no-default-features --features fetch,feature_capable)"

say "building"
cargo build -q --profile "$profile" --bin chatterload
cargo build -q --profile "$profile" --manifest-path "$here/without-ledger/Cargo.toml" --target-dir target
cargo build -q --release --manifest-path "$here/reqwest-loop/Cargo.toml" --target-dir target/reqwest-loop
tool=$PWD/target/$profile/chatterload
without=$PWD/target/$profile/without-ledger
loop=$PWD/target/reqwest-loop/release/reqwest-loop
late=$PWD/target/reqwest-loop/release/late-server

cat >"$work/nginx.conf" <<CONF
worker_processes 1; daemon off; pid $work/nginx.pid; error_log $work/nginx.err;
events { worker_connections 1024; }
http {
  access_log off; default_type application/json; client_body_temp_path $work/bodies;
  keepalive_requests 1000000000; keepalive_timeout 600s;
  server {
    listen 127.0.0.1:$port backlog=1024;
    location = /v1/projects { return 200 '{"projects":[{"id":1,"key":"acme","name":"Acme"}]}'; }
    location = /v1/acme/data_types { return 200 '{"data_types":[{"id":1,"key":"nps","name":"NPS"}]}'; }
    location = /v1/acme/data_sources { return 200 '{"data_sources":[{"id":1,"key":"typeform","name":"Typeform"}]}'; }
    location = /v1/acme/responses/search { return 200 '{"responses":[]}'; }
    location = /v1/acme/responses { return 201 '{"response":{"id":"\$request_id"}}'; }
  }
}
CONF
nginx -e "$work/nginx.err" -c "$work/nginx.conf" & started+=($!)
"$late" "$late_port" 50 & started+=($!)
cat >"$work/body.json" <<'BODY'
{"response":{"comment":"quick friendly and cheap, delivery was late and nobody told me; visit 1001","score":1,"created_at":"2026-02-02T01:01:07Z","data_type":"nps","data_source":"typeform","user_meta":{"email":{"type":"text","name":"Email","value":"user1001@example.com"},"chatterload_key":{"type":"text","name":"Chatterload key","value":"kaaaaaaaaaaaaaaaaaaaaaaaaaa"}},"segments":{"country":{"type":"text","name":"Country","value":"DE"},"plan":{"type":"text","name":"Plan","value":"pro"},"basket":{"type":"number","name":"Basket","value":101.01}}}}
BODY
truncate -s -1 "$work/body.json"
cat >"$work/post.lua" <<LUA
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Authorization"] = "Bearer k"
wrk.body = io.open("$work/body.json"):read("*a")
LUA
file() { # ROWS [AFTER]
  local path=$work/rows-$1-${2:-0}.csv
  [ -f "$path" ] || awk -v rows="$1" -v after="${2:-0}" -f "$here/upload/rows.awk" >"$path"
  echo "$path"
}
base=http://127.0.0.1:$port/v1
for _ in $(seq 100); do curl -sf -o "$work/up" "$base/projects" && break; sleep 0.1; done

# Each prints responses a second; memory, where it is told, goes to $work/memory in KB.
field() { sed -n "s/.*\"$1\":\([0-9.]*\).*/\1/p" "$work/out"; }
import() { # ROWS AFTER LEDGER URL IN_FLIGHT [OPTION…]
  local input begun ended; input=$(file "$1" "$2")
  begun=$(date +%s.%N)
  (cd "$work" && /usr/bin/time -o "$work/memory" -f %M "$tool" import "$input" -m "$here/upload/mapping.toml" -p acme \
    --api-url "$4" --rate unlimited --concurrency "$5" --ledger "$3" --progress always --json "${@:6}" >"$work/out" 2>"$work/err") ||
    { tail -3 "$work/out" "$work/err" >&2; return 1; }
  ended=$(date +%s.%N)
  [ "$(field uploaded)" = "$1" ] || { say "uploaded $(field uploaded) of $1"; return 1; }
  awk -v n="$1" -v a="$begun" -v b="$ended" 'BEGIN { printf "%.0f\n", n / (b - a) }'
}
rate() { awk '{ printf "%.0f\n", $1 / $2 }'; }
with_ledger() { rm -f "$work"/ledger.sqlite*; import "$rows" 0 "$work/ledger.sqlite" "$base" "$in_flight"; }
without_ledger() { "$without" "$(file "$rows")" "$here/upload/mapping.toml" "$base" acme "$in_flight" | rate; }
bare() { "$loop" "$base/acme/responses" "$work/body.json" "$rows" "$in_flight"; }
with_wrk() { wrk -t1 -c"$in_flight" -d5 -s "$work/post.lua" "$base/acme/responses" | awk '/Requests\/sec/ { printf "%.0f\n", $2 }'; }
with_python() { "$work/venv/bin/python" "$here/upload/upload.py" "$(file "$slow_rows")" "$base/acme/responses" "$in_flight" | rate; }
# It takes a 201 for an error, and stops after ten unless told not to.
qsv_posts() { # ROWS URL
  local begun; begun=$(date +%s.%N)
  (cd "$work" && qsv fetchpost "$2" --payload-tpl "$here/upload/body.tpl" --max-errors 0 --rate-limit 0 -o fetched.jsonl "$(file "$1")") >&2
  awk -v n="$(grep -c '"id"' "$work/fetched.jsonl")" -v a="$begun" -v b="$(date +%s.%N)" 'BEGIN { printf "%.0f\n", n / (b - a) }'
}
with_qsv() { qsv_posts "$slow_rows" "$base/acme/responses"; }
late_qsv() { qsv_posts 100 "http://127.0.0.1:$late_port/v1/acme/responses"; }
late_tool() { rm -f "$work"/late.sqlite*; import "$slow_rows" 0 "$work/late.sqlite" "http://127.0.0.1:$late_port/v1" 64; }
late_bare() { "$loop" "http://127.0.0.1:$late_port/v1/acme/responses" "$work/body.json" "$slow_rows" 64; }

measure() { # FUNCTION: one more figure for it
  local figure; figure=$("$1"); say "  $1: $figure/s"; echo "$figure" >>"$work/$1.figures"
}
median() { sort -n "$work/$1.figures" | awk '{ all[NR] = $1 } END { print NR % 2 ? all[(NR + 1) / 2] : (all[NR / 2] + all[NR / 2 + 1]) / 2 }'; }
spread() { sort -n "$work/$1.figures" | awk 'NR == 1 { least = $1 } END { print least "–" $1 }'; }
# Of each round, so that a machine that is busy now and then does not count.
ratio() { # FUNCTION OF: the median of the rounds' ratios
  paste "$work/$1.figures" "$work/$2.figures" | awk '{ print $1 / $2 }' | sort -n | awk '{ all[NR] = $1 } END { printf "%.2f", all[int((NR + 1) / 2)] }'
}
line() { # NAME FUNCTION OF
  [ ! -f "$work/$2.figures" ] || echo "| $1 | $(median "$2") | $(spread "$2") | $(ratio "$2" "$3") |"
}

all=(with_ledger without_ledger bare)
[ -z "$has_wrk" ] || all+=(with_wrk)
[ -z "$has_python" ] || all+=(with_python)
[ -z "$has_qsv" ] || all+=(with_qsv)
for round in $(seq "$rounds"); do
  say "round $round of $rounds"
  for one in "${all[@]}"; do measure "$one"; done
done
for round in $(seq "$late_rounds"); do
  say "late, round $round of $late_rounds"
  for one in late_tool late_bare ${has_qsv:+late_qsv}; do measure "$one"; done
done

echo "Measured on $(date -u +%F): $(nproc) cores ($(sed -n 's/model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/MemTotal/ { printf "%.0f", $2 / 1048576 }' /proc/meminfo) GB, Linux $(uname -r); load before: $(cut -d' ' -f1 /proc/loadavg)."
echo "$("$tool" --version), built by $(rustc --version | cut -d' ' -f1,2); $(nginx -v 2>&1 | sed 's/nginx version: //'); wrk $(wrk -v 2>&1 | awk 'NR == 1 { print $2 }'); $(python3 --version), aiohttp $("$work/venv/bin/python" -c 'import aiohttp; print(aiohttp.__version__)' 2>/dev/null); $([ -z "$has_qsv" ] && echo "qsv left out" || qsv --version | cut -d';' -f1)."
echo
echo "$rounds rounds, interleaved; $rows rows (aiohttp and qsv: $slow_rows), $in_flight requests in flight, nginx on loopback answering at once:"
echo
echo "| | responses/s, median | min–max | of the bare loop |"
echo "|---|---:|---:|---:|"
line "chatterload, with its ledger" with_ledger bare
line "chatterload's stages without a ledger" without_ledger bare
line "bare loop over reqwest" bare bare
line "wrk" with_wrk bare
line "Python, aiohttp" with_python bare
line "qsv fetchpost" with_qsv bare
echo
echo "The ledger leaves $(ratio with_ledger without_ledger) of the rate without it.$([ -z "$has_python" ] || echo " chatterload is $(ratio with_ledger with_python) times as fast as the Python script.")"
echo
echo "A server that answers after 50 ms, 64 in flight (1,280/s at most), $slow_rows rows, $late_rounds rounds:"
echo
echo "| | responses/s, median | min–max | of 1,280/s |"
echo "|---|---:|---:|---:|"
for one in late_tool late_bare ${has_qsv:+late_qsv}; do
  case $one in
    late_tool) name="chatterload, with its ledger" ;;
    late_bare) name="bare loop over reqwest" ;;
    late_qsv) name="qsv fetchpost, 100 rows, one at a time" ;;
  esac
  echo "| $name | $(median $one) | $(spread $one) | $(median $one | awk '{ printf "%.2f", $1 / 1280 }') |"
done
echo
echo "Peak memory of a run, and what a ledger that is full already costs:"
echo
echo "| rows | ledger before | responses/s | peak memory |"
echo "|---:|---|---:|---:|"
for size in $memory_rows; do
  rm -f "$work"/full.sqlite*
  say "memory, $size rows"
  figure=$(import "$size" 0 "$work/full.sqlite" "$base" "$in_flight")
  echo "| $size | empty | $figure | $(awk '{ printf "%.0f MB", $1 / 1024 }' "$work/memory") |"
  rm -f "$work/rows-$size-0.csv"
done
for more in 1 "$rows"; do
  say "full ledger, $more rows"
  # Rows that are in no ledger yet.
  figure=$(import "$more" $((50000000 + more)) "$work/full.sqlite" "$base" "$in_flight")
  note=; [ "$more" != 1 ] || note=" ($(field elapsed_s) s in all)"
  echo "| $more$note | $size responses | $figure | $(awk '{ printf "%.0f MB", $1 / 1024 }' "$work/memory") |"
done
