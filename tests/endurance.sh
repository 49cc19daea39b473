#!/usr/bin/env bash
# Runs the suites that take chances in full and prints one table: tests/endurance.sh [SEED], by default 1.
# SCHEMA_ENDURANCE_CASES, SCHEMA_PROPERTY_CASES and SCHEMA_PROPERTY_SEQUENCES set how many tries; docs/testing.md says what each scenario promises.
set -uo pipefail
cd "$(dirname "$0")/.."

seed=${1:-1}
pairs=${SCHEMA_PROPERTY_CASES:-5000}
sequences=${SCHEMA_PROPERTY_SEQUENCES:-200}
export SCHEMA_ENDURANCE=full SCHEMA_ENDURANCE_SEED=$seed RUST_BACKTRACE=0
export SCHEMA_PROPERTY_SEED=$seed SCHEMA_PROPERTY_CASES=$pairs SCHEMA_PROPERTY_SEQUENCES=$sequences
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "seed $seed"
failed=0

# One test of the property suite: its scenario, its database, how many tries it makes, and its name.
property() {
    local lost=0
    cargo test -q --workspace --test property -- --exact "$4" >"$log.one" 2>&1 || lost=1
    # A test of that name must be there.
    grep -q '^test result: .* 1 passed' "$log.one" || lost=1
    if [ "$lost" -ne 0 ]; then
        cat "$log.one" >&2
        failed=1
    fi
    # It ends with the first one that is lost.
    printf 'endurance | %s | %s | %s | %s | %s | seed %s\n' "$1" "$2" "$3" "$([ "$lost" -eq 0 ] && echo "$3" || echo '?')" "$lost" "$seed" >>"$log"
    rm -f "$log.one"
}

cargo test -q --workspace --test endurance -- --nocapture 2>&1 | tee "$log" >&2 || failed=1
for database in postgres sqlite mariadb; do
    case $database in postgres) name=PostgreSQL ;; sqlite) name=SQLite ;; mariadb) name=MariaDB ;; esac
    property 'random pairs' "$name" "$pairs" "${database}_goes_there_and_back_between_random_schemas"
    property 'sequences of changes' "$name" "$sequences" "${database}_goes_through_sequences_of_changes_and_back"
done

{
    echo 'scenario | database | tried | survived | lost'
    echo '---|---|---:|---:|---:'
    grep -o 'endurance | .*' "$log" | sed 's/^endurance | //; s/ | seed [0-9]*$//' | sort
} | sed 's/^/| /; s/$/ |/'
exit "$failed"
