#!/usr/bin/env bash
# Asks a member of the shipped tier questions of every family, one `cascade run` each, and says which answers are right.
# usage: models/default/try.sh [MODEL] [TEST] [QUESTIONS PER FAMILY]     base, D and one of each level; after `./build.sh build`
# TEST D: the words of people whom training never saw; unknown: what nobody here can answer, in their words; B: phrasings that
# training never put together so; C: words and families that it never used.
# usage: models/default/try.sh own [MODEL]     Plain questions that nobody generated (own-words.tsv), to the cascade or to one member
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

# One conversation, begun anew for each question. An answer is right that ends with what the file says; ?: that says it does not know.
if [[ ${1:-} == own ]]; then
    right=0 asked=0
    while IFS=$'\t' read -r -u 3 question expected && IFS= read -r -u 4 answer; do
        mark=wrong
        if [[ $expected == '?' && $answer == 'I do not know that.'* ]] || [[ $expected != '?' && ${answer%.} =~ (^|[^0-9A-Za-z])"${expected%.}"(\ [a-z]+)?$ ]]; then
            mark=right right=$((right + 1))
        fi
        asked=$((asked + 1))
        printf '%-5s  %s  ->  %s\n' "$mark" "$question" "$answer"
    done 3< models/default/own-words.tsv \
        4< <(cut -f 1 models/default/own-words.tsv | sed 's|$|\n/new|' | bin/cascade run ${2:+--model "$2"} 2>/dev/null)
    echo "$right of $asked right"
    exit
fi

readonly MODEL=${1:-base} TEST=${2:-D} PER_FAMILY=${3:-1}
readonly TRAINER=models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer

right=0 asked=0
while IFS=$'\t' read -r -u 3 family question expected; do
    answer=$(bin/cascade run "$question" --model "$MODEL" 2>/dev/null)
    mark=wrong
    [[ $answer == "$expected" ]] && mark=right && right=$((right + 1))
    asked=$((asked + 1))
    printf '%-5s  %s\n       %s\n       %s\n' "$mark" "$family" "$question" "$answer"
    [[ $mark == right ]] || printf '       %s\n' "(expected: $expected)"
done 3< <("$TRAINER" samples --test "$TEST" --per-family "$PER_FAMILY")
echo "$right of $asked right"
