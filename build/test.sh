# shellcheck shell=bash
# The test verb of build.sh, which sources this: test projects one after the other, and one line that sums them up.

# Less CPU than there is, for .NET (which also chooses llama.cpp's library by it), libtorch, the libraries below it and glibc.
readonly NARROWER=(
    "DOTNET_EnableAVX512=0 ATEN_CPU_CAPABILITY=avx2 ONEDNN_MAX_CPU_ISA=AVX2 MKL_ENABLE_INSTRUCTIONS=AVX2"
    "DOTNET_EnableAVX2=0 ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 MKL_ENABLE_INSTRUCTIONS=SSE4_2 GLIBC_TUNABLES=glibc.cpu.hwcaps=-AVX512F,-AVX2,-FMA"
)

install_node_clients() {
    local clients=tests/clients/node
    has node && has npm || return 0
    [[ $clients/node_modules/.package-lock.json -nt $clients/package-lock.json ]] && return 0
    (cd "$clients" && npm ci --no-audit --no-fund --loglevel=error >&2) ||
        say "npm ci failed in $clients: the tests of those clients are skipped."
}

# Adds one project's results to passed, failed, skipped and failures.
run_test_project() {
    local name=$1 log=artifacts/test-results/$1.log hung=tests/$1/${OUTPUT:?}/hung-test.txt code=0 counts
    shift
    rm -f "$hung"
    say "--- $name"
    # pipefail: the program's exit code, not that of tee.
    "tests/$name/$OUTPUT/$name" --progress off --ansi off "$@" | tee "$log" || code=$?
    counts=$(sed -n '/^Test run summary:/,$p' "$log")
    passed=$((passed + $(count succeeded)))
    failed=$((failed + $(count failed)))
    skipped=$((skipped + $(count skipped)))
    mapfile -t -O "${#failures[@]}" failures < <(awk -v most=12 '
        /^failed / { lines = most }
        /^[^ ]/ && !/^failed / { lines = 0 }
        lines > 0 && NF { print; lines-- }' "$log")
    # 2: tests failed, and are counted. 8: none was selected, which only a filter can do. All else is a broken run.
    if [[ -z $counts && $code -ne 8 ]] || [[ $code -ne 0 && $code -ne 2 && $code -ne 8 ]] ||
        [[ $code -eq 8 && $# -eq 0 ]]; then
        failed=$((failed + 1))
        if [[ -s $hung ]]; then
            failures+=("failed $name: $(<"$hung") hung, and the tests after it did not run")
        else
            failures+=("failed $name: the test program ended with exit code $code")
        fi
    fi
}

# One of the counts at the end of a run; 0 where there is none.
count() {
    local number
    number=$(sed -nE "s/^  $1: ([0-9]+)\$/\1/p" <<<"$counts")
    echo "${number:-0}"
}

# Runs the projects whose name holds filter.
run_projects() {
    local project name
    for project in tests/*.Tests/*.csproj; do
        name=$(basename "$project" .csproj)
        [[ $name == *"$filter"* ]] || continue
        matched=1
        [[ $name != *Clients* ]] || install_node_clients
        run_test_project "$name" "$@"
    done
}

run_tests() {
    local filter="" cpus=("") cpu
    if [[ ${1:-} == --narrow ]]; then
        cpus=("${NARROWER[@]}")
        shift
    fi
    if [[ $# -gt 0 && $1 != -* ]]; then
        filter=$1
        shift
    fi
    local passed=0 failed=0 skipped=0 failures=() matched=0
    mkdir -p artifacts/test-results
    for cpu in "${cpus[@]}"; do
        # shellcheck disable=SC2086  # several settings
        [[ -z $cpu ]] || { say "=== $cpu"; export $cpu; }
        run_projects "$@"
        # shellcheck disable=SC2086,SC2046  # their names
        [[ -z $cpu ]] || unset $(sed 's/=[^ ]*//g' <<<"$cpu")
    done
    [[ $matched -eq 1 ]] || die "no test project's name holds '$filter'"
    [[ ${#failures[@]} -eq 0 ]] || printf '%s\n' "" "${failures[@]}"
    echo "$passed passed, $failed failed, $skipped skipped"
    [[ $failed -eq 0 && $((passed + skipped)) -gt 0 ]]
}
