#!/usr/bin/env bash
# How many files of src one warm streamed `cascade` request passes on the default tier: once escalated, once not.
# usage: build/request-files.sh [args of `bench request-files`]
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

# Left out, by the name of folder or file wherever it is: encoder (with its products), what judges read in an answer, dashboard.
readonly EXCLUDED=(
    '/Embedding/'
    '/Judging/Arithmetic/' '/Judging/(AnswerSignals|SignalSummary|RepetitionMeter|QueryProjection|FeatureLayout|NormalizedText)\.cs$'
    '/Dashboard/'
    '/Routing/Tensors/'
)

./build.sh build
exec bench/CascadeLocal.Bench/bin/Release/net10.0/linux-x64/CascadeLocal.Bench request-files \
    "${EXCLUDED[@]/#/--exclude=}" "$@"
