#!/usr/bin/env bash
# Shows that a run's files do not depend on threads, batches or the moment at which it is killed.
#   usage: tools/checks/same-bytes.sh [FOLDER]        a new folder under the system's temporary one by default
# Environment: KILLS (10), SLOTS (24), MODEL (a checkpoint folder; the built-in one by default).
set -euo pipefail
top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
work=${1:-$(mktemp -d)}
kills=${KILLS:-10}
slots=${SLOTS:-24}
model=()
[ -z "${MODEL:-}" ] || model=(--model "$MODEL")
iaa() { "$top/iaa" "$1" --quiet "${@:2}"; }

mkdir -p "$work"
[ -d "$work/real" ] || iaa toyworld --split train --count 60 --seed 1 --out "$work/real"
[ -d "$work/classifier" ] || iaa train --data "voc:$work/real:train" --out "$work/classifier" \
  --classifier-steps 150 --segmenter-steps 1

begin() { # RUN
  rm -rf "$1"
  iaa prompts --dataset "voc:$work/real:train" --agent rule --balance "add:$slots" --seed 1 --run "$1"
}
generate() { # RUN OPTION…
  local run=$1
  shift
  iaa generate --run "$run" --filter "$work/classifier" --attempts 4 ${model[@]+"${model[@]}"} "$@"
}
checksum() { # RUN: of every file that the generation wrote
  (cd "$1" && find images dataset manifest.jsonl attempts.jsonl -type f | LC_ALL=C sort | xargs sha256sum) |
    sha256sum | cut -c1-16
}

begin "$work/t1b1"
start=$(date +%s%N)
generate "$work/t1b1" --threads 1 --batch 1
took=$((($(date +%s%N) - start) / 1000000))
expected=$(checksum "$work/t1b1")
printf '%-28s %s  (%s ms)\n' "1 thread, batch 1" "$expected" "$took"
status=0
compare() { # NAME RUN
  local sum
  sum=$(checksum "$2")
  printf '%-28s %s  %s\n' "$1" "$sum" "$([ "$sum" = "$expected" ] && echo same || echo DIFFERENT)"
  [ "$sum" = "$expected" ] || status=1
}
for layout in "1 4" "2 1" "2 4"; do
  read -r threads batch <<<"$layout"
  begin "$work/t${threads}b$batch"
  generate "$work/t${threads}b$batch" --threads "$threads" --batch "$batch"
  compare "$threads thread(s), batch $batch" "$work/t${threads}b$batch"
done

begin "$work/killed"
RANDOM=1
for ((i = 1; i <= kills; i++)); do
  # The launcher replaces itself by the JVM, so the process that is killed is the one that generates.
  generate "$work/killed" --threads 2 &
  # At most half of the whole, so that most of the kills strike while images are generated.
  ms=$((RANDOM * took / 2 / 32768))
  sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
  if pkill -9 -f -- "--run $work/killed " 2>/dev/null; then
    printf 'kill %2d: %s images were there\n' "$i" "$(find "$work/killed/images" -name '[0-9]*.png' 2>/dev/null | wc -l)"
  else
    printf 'kill %2d: it had ended\n' "$i"
  fi
  wait 2>/dev/null || true
done
generate "$work/killed" --threads 2
compare "after $kills kill -9" "$work/killed"
exit $status
