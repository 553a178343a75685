#!/usr/bin/env bash
# Asks a member of the shipped tier questions of every family, one `cascade run` each, and says which answers are right.
# usage: models/default/try.sh [MODEL] [TEST] [QUESTIONS PER FAMILY]     base, D and one of each level; after `./build.sh build`
# TEST D: the words of people whom training never saw; unknown: what nobody here can answer, in their words; B: phrasings that
# training never put together so; C: words and families that it never used.
# usage: models/default/try.sh outsider [MODEL]     320 questions of somebody who had seen nothing of the tier (outsider.tsv)
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

# Questions of somebody who had seen nothing of the tier, with their kind and the answers that are accepted: texts that are in the answer, =X: its
# result alone, ?: that it does not know. Marks between words do not matter, nor numbers that only count the items of an answer.
words() { tr -c '[:alnum:]\n' ' ' | sed 's/  */ /g; s/^ //; s/ $//'; }
if [[ ${1:-} == outsider ]]; then
    right=0 asked=0
    while IFS=$'\t' read -r -u 3 question kind accepted && IFS= read -r -u 4 answer; do
        mark=wrong result=${answer##*so } case=-i
        [[ $answer == 'It is '* ]] && result=${answer#It is }
        [[ $kind == upper_case ]] && case=
        if [[ $answer == 'I do not know that.'* ]]; then
            [[ $accepted == '?' ]] && mark=right
        elif [[ $accepted != '?' ]] && {
            sed -E 'p; h; s/[0-9]+ of [0-9]+ ([A-Za-z])/\1/g; p; g; s/ of [0-9]+//g; p; g; s/(^| )[0-9]+ ([A-Z])/\1\2/g; p; g; s/[0-9]+\*[0-9]+=//g; p; g; s/.*; //; s/(^| )[0-9]+ ([a-z])/\1\2/g' <<< "$answer" | sed 's/[:;] /\n/g' | words |
                grep -q $case -wF -f <(tr '|' '\n' <<< "$accepted" | grep -v '^=[^ ]' | words) || [[ "|${accepted,,}|" == *"|=$(tr -d . <<< "${result,,}")|"* ]]
        }; then
            mark=right
        fi
        [[ $mark == right ]] && right=$((right + 1))
        asked=$((asked + 1))
        printf '%-5s  %-20s  %s  ->  %s\n' "$mark" "$kind" "$question" "$answer"
    done 3< models/default/outsider.tsv \
        4< <(cut -f 1 models/default/outsider.tsv | sed 's|$|\n/new|' | bin/cascade run ${2:+--model "$2"} 2>/dev/null)
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
