#!/usr/bin/env bash
# Asks the shipped tier questions in words that no training has seen, one `cascade run` each, and says which answers are right.
# usage: models/default/try.sh [MODEL] [QUESTIONS PER FAMILY]     base, 2 by default; after `./build.sh build`
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly MODEL=${1:-base} PER_FAMILY=${2:-2}
readonly TRAINER=models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer

right=0 asked=0
while IFS=$'\t' read -r -u 3 family question expected; do
    answer=$(bin/cascade run "$question" --model "$MODEL" 2>/dev/null)
    mark=wrong
    [[ $answer == "$expected" ]] && mark=right && right=$((right + 1))
    asked=$((asked + 1))
    printf '%-5s  %s\n       %s\n       %s\n' "$mark" "$family" "$question" "$answer"
    [[ $mark == right ]] || printf '       %s\n' "(expected: $expected)"
done 3< <("$TRAINER" samples --test C --per-family "$PER_FAMILY")
echo "$right of $asked right"
