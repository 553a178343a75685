#!/usr/bin/env bash
# Builds, runs and tests CascadeLocal; `./build.sh help` lists the verbs.
set -euo pipefail
readonly CALLER=$PWD
cd "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")"

# Messages of dotnet are parsed below, so they have to be English. The programs need no ICU, nor does their build.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_CLI_UI_LANGUAGE=en DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1

readonly SOLUTION=CascadeLocal.sln
readonly OUTPUT=bin/Release/net10.0/linux-x64
readonly PROGRAM=src/CascadeLocal.Cli/$OUTPUT/cascade
readonly STAMP=artifacts/build.stamp
readonly CUDA_UNAVAILABLE=artifacts/cuda12-unavailable

help() {
    cat <<'TEXT'
usage: ./build.sh [--backend auto|cpu|cuda12] [--dry-run] VERB [arguments of the verb]

  serve [args]        build, then serve: `cascade serve args`
  run ["question"]    build, then answer one question, or hold a conversation: `cascade run args`
  build               build everything; leaves the program at bin/cascade
  test [name] [args]  run the tests, or the projects whose name holds `name`; args go to the test runner
  test --narrow ...   the same with narrower instruction sets than the CPU has: once as AVX2, once as SSE4
  bench [filter]      run the benchmarks, or those whose name holds `filter`
  bench peers [file]  compare with node-llama-cpp, or a server at --url, on one file (docs/benchmarks.md)
  soak [args]         run the soak test
  train-tier [args]   train the default tier: `cascade-trainer train args`
  format [args]       format the source: `dotnet format args`
  clean               remove all that a build leaves
  help                this text

  --backend   auto (default): CUDA 12 where an NVIDIA driver is, else CPU; docs/backends.md has the details
  --dry-run   say what would be built with which packages, and change nothing
TEXT
}

say() { printf '%s\n' "$*" >&2; }
die() { say "build.sh: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

# ---- What the machine has -------------------------------------------------------------------------------------------

# Where the kernel shows NVIDIA's driver, the last one under WSL. Tests put another root in front.
nvidia_driver() {
    local root=${CASCADE_DRIVER_ROOT:-} file
    for file in proc/driver/nvidia/version dev/nvidiactl usr/lib/wsl/lib/libcuda.so.1; do
        [[ -e $root/$file ]] && { printf '/%s' "$file"; return; }
    done
    return 1
}

dotnet_root() { dirname "$(readlink -f "$(command -v dotnet)")"; }
has_sdk() { has dotnet && dotnet --version >/dev/null 2>&1; }  # global.json decides which version is enough
has_libgomp() { [[ -n $(find /usr/lib /lib /usr/local/lib -name libgomp.so.1 -print -quit 2>/dev/null) ]]; }
has_native_toolchain() { has cmake && has g++ && has make; }
wants_native() { [[ -f native/CMakeLists.txt ]]; }

# Debian packages to install, `required` or `optional`.
missing_packages() {
    case $1 in
        required) has_libgomp || echo libgomp1 ;;
        optional)
            if wants_native; then
                has cmake || echo cmake
                has g++ || echo g++
                has make || echo make
            fi ;;
    esac
}

install_packages() {
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@"
}

ensure_sdk() {
    has_sdk && return
    if [[ $EUID -eq 0 ]] && has apt-get; then
        say "The .NET SDK 10 is missing; trying apt-get install dotnet-sdk-10.0 ..."
        install_packages dotnet-sdk-10.0 >&2 || true
    fi
    has_sdk || die "the .NET SDK 10 is missing (global.json has the version), and Debian 12 has no package of it. Install it with
    curl -sSL https://dot.net/v1/dotnet-install.sh | bash -s -- --channel 10.0 --install-dir \"\$HOME/.dotnet\"
    export PATH=\"\$HOME/.dotnet:\$PATH\"
then run this again."
}

ensure_packages() {
    local kind=$1 packages
    mapfile -t packages < <(missing_packages "$kind")
    [[ ${#packages[@]} -eq 0 ]] && return
    local command="sudo apt-get update && sudo apt-get install -y ${packages[*]}"
    if [[ $EUID -eq 0 ]] && has apt-get; then
        say "Installing ${packages[*]} ..."
        install_packages "${packages[@]}" >&2 && return
    fi
    [[ $kind == optional ]] || die "missing: ${packages[*]}. Install with: $command"
    say "Without ${packages[*]} the C++ kernels are not built; their managed twins serve. To have them: $command"
}

# ---- CPU or CUDA ----------------------------------------------------------------------------------------------------

backend_packages() { dotnet msbuild build/Backend.props -getProperty:BackendPackages -p:CascadeBackend="$1"; }
backend_hash() { sha256sum build/Backend.props | cut -d' ' -f1; }

# The CUDA packages that an earlier build could not restore, as long as Backend.props still names the same.
known_unavailable() {
    [[ -f $CUDA_UNAVAILABLE && $(head -1 "$CUDA_UNAVAILABLE") == "$(backend_hash)" ]] && tail -n +2 "$CUDA_UNAVAILABLE"
}

choose_backend() {
    backend=$requested_backend
    backend_reason="asked for"
    [[ $backend == auto ]] || return 0
    local unavailable
    if ! nvidia_driver >/dev/null; then
        backend=cpu backend_reason="no NVIDIA driver"
    elif unavailable=$(known_unavailable); then
        backend=cpu backend_reason="NVIDIA driver, but these packages cannot be restored: $unavailable"
    else
        backend=cuda12 backend_reason="NVIDIA driver; if a package cannot be restored, it is named and the CPU build is taken"
    fi
}

dotnet_build() { dotnet "$@" -p:CascadeBackend="$backend" -nodeReuse:false -p:UseSharedCompilation=false; }

# A CUDA build that cannot be restored becomes a CPU build, with the reason, unless it was asked for.
restore() {
    local log=artifacts/restore.log missing
    if dotnet_build restore "$SOLUTION" >"$log" 2>&1; then return; fi
    missing=$(sed -nE 's/.*error NU110[123]: Unable to find (a stable )?package ([A-Za-z0-9._-]*[A-Za-z0-9]).*/\2/p' "$log" |
        sort -u | paste -sd' ')
    if [[ $backend == cpu ]]; then
        cat "$log" >&2
        die "restoring the packages failed${missing:+: $missing}"
    fi
    [[ -n $missing ]] || cat "$log" >&2
    [[ $requested_backend == auto ]] ||
        die "--backend cuda12: these packages cannot be restored: ${missing:-see above}. --backend cpu builds without them."
    say "CUDA packages cannot be restored: ${missing:-see above}. Building for the CPU."
    backend=cpu
    restore
    # A package that no source has is remembered; a source that did not answer is asked again next time.
    [[ -z $missing ]] || printf '%s\n%s\n' "$(backend_hash)" "$missing" >"$CUDA_UNAVAILABLE"
}

# ---- Building -------------------------------------------------------------------------------------------------------

# Changes when any input of the build does.
fingerprint() {
    local folder folders=()
    for folder in src native models tests bench build; do
        [[ ! -d $folder ]] || folders+=("$folder")
    done
    {
        echo "$backend"
        has_native_toolchain && echo native
        find "${folders[@]}" \( -name bin -o -name obj -o -name node_modules \) -prune -o -type f -printf '%p %T@ %s\n' | sort
        stat --format '%n %y %s' ./*.props ./*.targets ./*.sln global.json .editorconfig 2>/dev/null || true
    } | sha256sum | cut -d' ' -f1
}

is_current() { [[ -x bin/cascade && -x $PROGRAM && -f $STAMP && $(<"$STAMP") == "$(fingerprint)" ]]; }

build_native() {
    if ! wants_native || ! has_native_toolchain; then return 0; fi
    if ! { cmake -S native -B artifacts/native-build -DCMAKE_BUILD_TYPE=Release &&
        cmake --build artifacts/native-build --parallel; } >artifacts/native.log 2>&1; then
        cat artifacts/native.log >&2
        die "the C++ kernels in native/ do not build"
    fi
}

# The program with the runtime it was built with, which need not be installed where the program looks by itself.
write_launcher() {
    mkdir -p bin
    cat >bin/cascade <<LAUNCHER
#!/bin/sh
# What is closed would become the number of a file or socket, and the log would be written into that.
[ -e /proc/self/fd/0 ] || exec </dev/null
[ -e /proc/self/fd/1 ] || exec >/dev/null
[ -e /proc/self/fd/2 ] || exec 2>/dev/null
export DOTNET_ROOT="\${DOTNET_ROOT:-$(dotnet_root)}"
exec "\$(dirname "\$(readlink -f "\$0")")/../$PROGRAM" "\$@"
LAUNCHER
    chmod +x bin/cascade
}

project_outputs() {
    find src models tests bench -name node_modules -prune -o -type d \( -name bin -o -name obj \) -prune -print
}

remove_outputs() { project_outputs | while IFS= read -r folder; do rm -rf "$folder"; done; }

build() {
    choose_backend
    build_if_needed
    export DOTNET_ROOT=${DOTNET_ROOT:-$(dotnet_root)}
}

build_if_needed() {
    is_current && return
    mkdir -p artifacts
    (
        flock 9
        is_current && exit 0
        ensure_sdk
        ensure_packages required
        ensure_packages optional
        say "Building for $backend ($backend_reason) ..."
        restore
        # The other backend's native libraries must not stay in the outputs.
        if [[ -f artifacts/backend && $(<artifacts/backend) != "$backend" ]]; then
            remove_outputs
            restore
        fi
        echo "$backend" >artifacts/backend
        rm -f "$STAMP"
        local inputs
        inputs=$(fingerprint)  # taken before, so that an edit during the build is seen by the next one
        build_native
        dotnet_build build "$SOLUTION" --no-restore -c Release -v quiet >&2 || die "the build failed"
        write_launcher
        echo "$inputs" >"$STAMP"
    ) 9>artifacts/build.lock
}

dry_run() {
    choose_backend
    echo "driver:   $(nvidia_driver || echo none)"
    echo "backend:  $backend ($backend_reason)"
    if has_sdk; then
        backend_packages "$backend" | tr ';' '\n' | sed 's/^/package:  /'
    else
        echo "package:  known once the .NET SDK is there (build/Backend.props)"
        echo "install:  .NET SDK 10 (required)"
    fi
    missing_packages required | sed 's/.*/install:  & (required)/'
    missing_packages optional | sed 's/.*/install:  & (optional: C++ kernels)/'
}

# ---- Verbs ----------------------------------------------------------------------------------------------------------

requested_backend=auto
verb=""
is_dry_run=0
while [[ $# -gt 0 ]]; do
    case $1 in
        --backend) requested_backend=${2:-}; shift $(($# > 1 ? 2 : 1)) ;;
        --backend=*) requested_backend=${1#*=}; shift ;;
        --dry-run) is_dry_run=1; shift ;;
        -h | --help) [[ -z $verb ]] || break; verb=help; shift ;;
        *) [[ -z $verb ]] || break; verb=$1; shift ;;
    esac
done
case $requested_backend in
    auto | cpu | cuda12) ;;
    *) say "build.sh: --backend '$requested_backend': it is auto, cpu or cuda12"; exit 2 ;;
esac
if [[ $is_dry_run -eq 1 ]]; then
    dry_run
    exit
fi

case $verb in
    serve | run)
        build
        program=$PWD/bin/cascade
        cd "$CALLER"  # its files are meant, and its cascade.json
        exec "$program" "$verb" "$@" ;;
    build) build ;;
    test)
        trap 'echo "0 passed, 1 failed, 0 skipped"' EXIT  # a failed build is a failed test run
        build
        trap - EXIT
        # shellcheck source=build/test.sh
        source build/test.sh
        run_tests "$@" ;;
    bench)
        build
        if [[ ${1:-} == peers ]]; then
            peers=$PWD/bench/peers/run.sh
            cd "$CALLER"  # the model is its file
            exec "$peers" "${@:2}"
        fi
        [[ ${1:-} == --check ]] && set -- check "${@:2}"
        [[ ${1:-} == -* || ${1:-} == check ]] || set -- --filter "*${1:-}*" "${@:2}"
        exec "bench/CascadeLocal.Bench/$OUTPUT/CascadeLocal.Bench" "$@" ;;
    soak) build; exec "bench/CascadeLocal.Bench/$OUTPUT/CascadeLocal.Bench" soak "$@" ;;
    train-tier) build; exec "models/Trainer/$OUTPUT/cascade-trainer" train "$@" ;;
    format) ensure_sdk; exec dotnet format "$SOLUTION" "$@" ;;
    clean) remove_outputs; rm -rf bin artifacts ;;
    help | "") help ;;
    *) say "build.sh: unknown verb '$verb'"; help >&2; exit 2 ;;
esac
