#!/usr/bin/env bash
# Makes the shipped policy anew from the shipped members and measures it: questions, labels, fit, report.
# usage: models/default/make-policy.sh [FOLDER]     On an idle machine of 2 cores some 20 minutes; FOLDER keeps what is done.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly WORK=${1:-artifacts/policy}
readonly TRAINER=models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer

./build.sh build
mkdir -p "$WORK"
[[ -f $WORK/queries/test.jsonl ]] || "$TRAINER" queries --out "$WORK/queries" --seed 1

# One question at a time on one thread: what a token costs then is what members are compared by.
for part in fit:4000 certify:4000 test:1600; do
    questions=${part#*:} part=${part%:*}
    head -n "$questions" "$WORK/queries/$part.jsonl" > "$WORK/$part.jsonl"
    bin/cascade capture --data "$WORK/$part.jsonl" --out "$WORK/$part" --concurrency 1 --threads 1
done

# As many clusters as there are families, about: --k auto tries 32 at most, and finer ones tell better whom to trust.
# Five plans were looked at (31 clusters at 0.99 and 0.98, 64 at 0.99 twice and at 0.98): with delta = 0.016 each, what holds for all of them
# has a confidence of 0.92.
bin/cascade fit --labels "$WORK/fit" --certify "$WORK/certify" --k 64 --keep 0.98 --delta 0.016 \
    --out "$WORK/policy" --json > "$WORK/fit.json"
bin/cascade report --labels "$WORK/test" --policy "$WORK/policy" --plot docs/images/default-tier.png

mkdir -p models/default/policy
cp "$WORK"/policy/policy.json "$WORK"/policy/policy.safetensors models/default/policy/

cat <<'TEXT'
Live, by a server in another terminal (bin/cascade serve --threads 1), the same for test D:
  head -300 QUERIES/test.jsonl > t300.jsonl
  models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer samples --test D --per-family 6 --out D.jsonl
  shuf -n 300 --random-source=<(yes) D.jsonl > d300.jsonl
  bin/cascade report --live t300.jsonl --server http://127.0.0.1:8080 --concurrency 1 \
      --model cascade --model base --model small --model nano
TEXT
