#!/usr/bin/env bash
# Measures fits and curves on the public label sets and writes docs/board.md with its plots.
#   build/board.sh                      the page of what has been measured
#   build/board.sh all                  everything (hours)
#   build/board.sh STEP ...             some of it; `build/board.sh --help` lists the steps
#   build/board.sh --cuts 5 STEP ...    fewer cuts (20), or fewer seeds of real-tier (--seeds, 10)
# CASCADE_DATA names the folder of the data sets; measurements and vectors are kept in artifacts/board.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

readonly PROJECT=tests/tools/Board/CascadeLocal.Board.csproj
readonly PROGRAM=tests/tools/Board/bin/Release/net10.0/linux-x64/CascadeLocal.Board
readonly DATA=${CASCADE_DATA:-../shared/data}
readonly STEPS=(cre-router curve-{mmlu,triviaqa,truthfulqa}-llama curve-real-tier curve-routellm-{gsm8k,mmlu}
    truthfulqa-llama triviaqa-llama mmlu-llama routellm-{gsm8k,mmlu} llmrouter real-tier)

arguments=("$@")
[[ ${*: -1} == all ]] && arguments=("${@:1:$#-1}" "${STEPS[@]}")
nice -n 10 dotnet build "$PROJECT" -c Release -m:1 -p:CascadeBackend=cpu -v:quiet >&2
exec nice -n 15 "$PROGRAM" --data "$DATA" --state artifacts/board --docs docs "${arguments[@]}"
