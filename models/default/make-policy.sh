#!/usr/bin/env bash
# Makes the shipped policy anew from the shipped members and measures it: questions, labels, fit, report.
# usage: models/default/make-policy.sh [FOLDER]     On an idle machine of 2 cores some 35 minutes; FOLDER keeps what is done.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly WORK=${1:-artifacts/policy}
readonly TRAINER=models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer

./build.sh build
mkdir -p "$WORK"
for seed in 2 3 4; do
    [[ -f $WORK/queries$seed/test.jsonl ]] || "$TRAINER" queries --out "$WORK/queries$seed" --seed "$seed"
done
# Judges are fitted to three draws of 4,000, two certify, and what tests is of one.
{
    cat "$WORK/queries2/fit.jsonl"
    sed 's/"id":"fit-/"id":"more-/' "$WORK/queries3/fit.jsonl"
    sed 's/"id":"fit-/"id":"third-/' "$WORK/queries4/fit.jsonl"
} > "$WORK/fit.jsonl"
{ cat "$WORK/queries2/certify.jsonl"; sed 's/"id":"certify-/"id":"more-/' "$WORK/queries3/certify.jsonl"; } > "$WORK/certify.jsonl"
head -n 1600 "$WORK/queries2/test.jsonl" > "$WORK/test.jsonl"

# One question at a time on one thread: what a token costs then is what members are compared by.
for part in fit certify test; do
    bin/cascade capture --data "$WORK/$part.jsonl" --out "$WORK/$part" --concurrency 1 --threads 1
done

# As many clusters as there are families, about: --k auto tries 32 at most, and finer ones tell better whom to trust.
# Two plans are looked at, 0.99 and 0.98: with delta = 0.025 each, what holds for both has a confidence of 0.95.
for keep in 0.99 0.98; do
    bin/cascade fit --labels "$WORK/fit" --certify "$WORK/certify" --k 64 --keep "$keep" --delta 0.025 \
        --out "$WORK/policy-$keep" --json > "$WORK/fit-$keep.json"
    bin/cascade report --labels "$WORK/test" --policy "$WORK/policy-$keep"
done
readonly KEEP=0.98
bin/cascade report --labels "$WORK/test" --policy "$WORK/policy-$KEEP" --plot docs/images/default-tier.png

mkdir -p models/default/policy
cp "$WORK/policy-$KEEP"/policy.json "$WORK/policy-$KEEP"/policy.safetensors models/default/policy/

cat <<'TEXT'
Live, by a server in another terminal that embeds every question anew, the same for test D:
  echo '{"cascade": {"embedding_cache": 0}}' > live.json && bin/cascade serve --threads 1 --config live.json
  head -300 QUERIES/test.jsonl > t300.jsonl
  models/Trainer/bin/Release/net10.0/linux-x64/cascade-trainer samples --test D --per-family 6 --out D.jsonl
  shuf -n 300 --random-source=<(yes) D.jsonl > d300.jsonl
  bin/cascade report --live t300.jsonl --server http://127.0.0.1:8080 --concurrency 1 \
      --model cascade --model base --model small --model nano
TEXT
