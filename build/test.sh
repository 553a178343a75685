# shellcheck shell=bash
# The test verb of build.sh, which sources this: test projects one after the other, and one line that sums them up.

install_node_client() {
    local client=tests/clients/openai-node
    [[ -f $client/package.json ]] && has node && has npm || return 0
    [[ $client/node_modules/.package-lock.json -nt $client/package.json ]] && return 0
    local verb=install
    [[ -f $client/package-lock.json ]] && verb=ci
    (cd "$client" && npm "$verb" --no-audit --no-fund --loglevel=error >&2) ||
        say "npm $verb failed in $client: the tests of that client are skipped."
}

# Adds one project's results to passed, failed, skipped and failures.
run_test_project() {
    local name=$1 report=artifacts/test-results/$1.trx code=0 counters
    shift
    rm -f "$report"
    say "--- $name"
    "tests/$name/${OUTPUT:?}/$name" --results-directory artifacts/test-results --report-xunit-trx \
        --report-xunit-trx-filename "$name.trx" --progress off "$@" || code=$?
    counters=$(grep -o '<Counters [^>]*' "$report" 2>/dev/null || true)
    if [[ -n $counters ]]; then
        passed=$((passed + $(attribute passed "$counters")))
        failed=$((failed + $(attribute failed "$counters") + $(attribute error "$counters")))
        skipped=$((skipped + $(attribute notExecuted "$counters")))
        mapfile -t -O "${#failures[@]}" failures < <(grep -oE '<UnitTestResult [^>]*outcome="(Failed|Error)"[^>]*' "$report" |
            sed -E 's/.* testName="([^"]*)".*/\1/; s/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g')
    fi
    # 2: tests failed, and are counted. 8: none was selected, which only a filter can do. All else is a broken run.
    if [[ -z $counters && $code -ne 8 ]] || [[ $code -ne 0 && $code -ne 2 && $code -ne 8 ]] ||
        [[ $code -eq 8 && $# -eq 0 ]]; then
        failed=$((failed + 1))
        failures+=("$name: the test program ended with exit code $code")
    fi
}

attribute() { sed -E "s/.* $1=\"([0-9]+)\".*/\1/;t;s/.*/0/" <<<"$2"; }

run_tests() {
    local filter="" project name
    if [[ $# -gt 0 && $1 != -* ]]; then
        filter=$1
        shift
    fi
    local passed=0 failed=0 skipped=0 failures=() matched=0
    mkdir -p artifacts/test-results
    for project in tests/*.Tests/*.csproj; do
        name=$(basename "$project" .csproj)
        [[ $name == *"$filter"* ]] || continue
        matched=1
        [[ $name != *Server* ]] || install_node_client
        run_test_project "$name" "$@"
    done
    [[ $matched -eq 1 ]] || die "no test project's name holds '$filter'"
    [[ ${#failures[@]} -eq 0 ]] || printf 'FAILED: %s\n' "${failures[@]}"
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 && $((passed + skipped)) -gt 0 ]]
}
