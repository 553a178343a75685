#!/usr/bin/env bash
# Compares CascadeLocal with peers on the same file, in turns: output tokens/s, TTFT, TPOT, fresh and recurring prompts.
#   ./build.sh bench peers [MODEL] [--url NAME=URL] [--duration S --rounds N ...]
# MODEL is a GGUF file, the published one of the tests if not given. The peer is node-llama-cpp, which npm serves; `--url` names a
# running server instead, such as a llama-server with the same file.
set -euo pipefail
CALLER=$PWD
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../.."

readonly PEERS=artifacts/peers
readonly SEQUENCES=${CASCADE_PEER_SEQUENCES:-16} THREADS=${CASCADE_BENCH_THREADS:-1} CTX=1024
readonly OURS=18180 THEIRS=18181

model=${CASCADE_TEST_MODELS:-../shared/models}/SmolLM2-135M-Instruct.Q4_1.gguf
[[ $# -gt 0 && $1 != -* ]] && { model=$(cd "$CALLER" && readlink -m "$1"); shift; }
[[ -f $model ]] || { echo "bench peers: no such file: $model" >&2; exit 1; }
model=$(readlink -f "$model")
peer=http://127.0.0.1:$THEIRS/v1 peer_name=peer
if [[ ${1:-} == --url ]]; then
    peer_name=${2%%=*} peer=${2#*=}
    shift 2
fi

mkdir -p "$PEERS"
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true' EXIT

ready() {  # NAME COMMAND...: waits until the command succeeds
    local name=$1
    for _ in {1..600}; do
        "${@:2}" >/dev/null 2>&1 && return
        sleep 0.2
    done
    echo "bench peers: $name does not answer" >&2
    exit 1
}

if [[ $peer == http://127.0.0.1:$THEIRS/v1 ]]; then
    cp bench/peers/package.json bench/peers/node-llama-cpp.mjs "$PEERS/"
    # Its optional packages are builds for other machines.
    [[ -d $PEERS/node_modules/node-llama-cpp ]] || (cd "$PEERS" && npm install --omit=optional --ignore-scripts --no-audit --no-fund >&2)
    (cd "$PEERS" && exec node node-llama-cpp.mjs "$model" --port $THEIRS --sequences "$SEQUENCES" --ctx $CTX --threads "$THREADS") &
    pids+=($!)
    ready node-llama-cpp curl -sf "$peer/models"
fi

ln -sf "$model" "$PEERS/bench.gguf"
cascade=$PWD/bin/cascade
# In a folder without a cascade.json.
(cd "$PEERS" && exec "$cascade" serve --model bench.gguf --port $OURS --parallel "$SEQUENCES" --ctx $CTX --threads "$THREADS" >serve.log 2>&1) &
pids+=($!)
ready cascade curl -sf "http://127.0.0.1:$OURS/ready"

[[ $# -gt 0 ]] || set -- --duration 8 --rounds 5
compare() {
    bin/cascade bench --url "http://127.0.0.1:$OURS/v1" --model bench --url "$peer" --model "$peer_name" \
        --max-tokens 48 --fixed-length --prompt-words 45 "$@"
}

echo "== fresh prompts"
compare --concurrency 1,8,16 "$@"
echo "== recurring prompts: 48 of them, three times as many as there are sequences"
compare --concurrency 8,16 --recurring 48 "$@"
