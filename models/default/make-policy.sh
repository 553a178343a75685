#!/usr/bin/env bash
# Makes the shipped policy anew from the shipped members and measures it: questions, labels, fit, report.
# usage: models/default/make-policy.sh [FOLDER]     On an idle machine of 2 cores some 25 minutes; FOLDER keeps what is done.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly WORK=${1:-artifacts/policy}
readonly TRAINER=models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer

./build.sh build
mkdir -p "$WORK"
[[ -f $WORK/queries/test.jsonl ]] || "$TRAINER" queries --out "$WORK/queries" --seed 1

# One question at a time on one thread: what a token costs then is what members are compared by.
for part in fit certify test; do
    bin/cascade capture --data "$WORK/queries/$part.jsonl" --out "$WORK/$part" --concurrency 1 --threads 1
done

bin/cascade fit --labels "$WORK/fit" --certify "$WORK/certify" --keep 0.99 --guarantee confidence --seed 1 \
    --out "$WORK/policy" --json > "$WORK/fit.json"
bin/cascade report --labels "$WORK/test" --policy "$WORK/policy" --json > "$WORK/report.json"
bin/cascade report --labels "$WORK/test" --policy "$WORK/policy"

mkdir -p models/default/policy
cp "$WORK"/policy/policy.json "$WORK"/policy/policy.safetensors models/default/policy/
