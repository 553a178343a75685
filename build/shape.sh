#!/usr/bin/env bash
# Says what shape src has: how many files of how many lines, which folders hold one or two, and how many namespaces of each
# project use themselves by way of others. `build/shape.sh COMMIT` counts the files of an earlier commit instead, without its
# namespaces: for those a build is needed.
set -euo pipefail
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/.."

readonly TESTS=CascadeLocal.Architecture.Tests
readonly PROGRAM=tests/$TESTS/bin/Release/net10.0/linux-x64/$TESTS

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Every .cs file of src as "lines path", by growing lines.
count_lines() {
    local root=$1 file
    (cd "$root" && find src \( -name bin -o -name obj \) -prune -o -name '*.cs' -type f -print) | sort | while read -r file; do
        printf '%s %s\n' "$(wc -l <"$root/$file")" "$file"
    done | sort -n -s -k1,1
}

print_files() {
    awk '
        { lines[NR] = $1; name[NR] = $2; if ($1 <= 20) small++; if ($1 > 400) large++ }
        END {
            median = NR % 2 ? lines[(NR + 1) / 2] : (lines[NR / 2] + lines[NR / 2 + 1]) / 2
            printf "files                    %d\n", NR
            printf "median lines             %g\n", median
            printf "files of <= 20 lines     %d (%.1f %%)\n", small, 100 * small / NR
            printf "files above 400 lines    %d\n", large
            printf "largest file             %d lines, %s\n", lines[NR], name[NR]
        }' "$1"
}

# Folders below a project; the project's own is no concept.
print_folders() {
    awk '{ folder = $2; sub("/[^/]*$", "", folder); if (split(folder, parts, "/") > 2) count[folder]++ }
        END { for (folder in count) if (count[folder] <= 2) print count[folder], folder }' "$1" | sort -k2 >"$work/folders"
    printf 'folders of 1 or 2 files  %d\n' "$(wc -l <"$work/folders")"
    sed 's/^\([12]\) /    \1  /' "$work/folders"
}

# The architecture tests count; what they find wrong is theirs to say.
print_namespaces() {
    [[ -x $PROGRAM ]] || { echo "namespaces               not counted: build first (./build.sh build)"; return; }
    CASCADE_SHAPE_REPORT=$work/namespaces "$PROGRAM" --filter-method '*Every_project_of_src_is_read_and_counted' \
        --results-directory "$work/results" --progress off >"$work/log" 2>&1 || true
    [[ -s $work/namespaces ]] || { cat "$work/log" >&2; echo "build/shape.sh: the architecture tests counted nothing" >&2; exit 1; }
    echo "namespaces in a cycle, of all"
    awk -F '\t' '{ printf "    %-25s%d of %d\n", $1, $3, $2; all += $2; bad += $3 } END { printf "    %-25s%d of %d\n", "all", bad, all }' \
        "$work/namespaces"
}

root=.
if [[ $# -gt 0 ]]; then
    root=$work/tree
    mkdir "$root"
    git archive "$1" src | tar -x -C "$root"
fi
count_lines "$root" >"$work/lines"
print_files "$work/lines"
print_folders "$work/lines"
[[ $# -gt 0 ]] || print_namespaces
