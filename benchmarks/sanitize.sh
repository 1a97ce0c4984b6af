#!/bin/sh
# What is compiled under AddressSanitizer and UBSan: its property tests, and a fuzz run.
# usage: benchmarks/sanitize.sh [SECONDS]; afterwards the ordinary engine is built again.
set -eu
cd "$(dirname "$0")/.."
PYTHON=${PYTHON:-python3}
FLAGS="-fsanitize=address,undefined -fno-sanitize-recover=undefined -g -O1"
trap '$PYTHON setup.py -q build_ext --inplace --force' EXIT
MISINFO_CFLAGS=$FLAGS $PYTHON setup.py -q build_ext --inplace --force
export LD_PRELOAD="$(gcc -print-file-name=libasan.so) $(gcc -print-file-name=libubsan.so)"
export ASAN_OPTIONS=detect_leaks=0 PYTHONMALLOC=malloc
$PYTHON -m pytest -q tests/test_engine.py tests/test_text.py tests/test_disguises.py -p no:cacheprovider
$PYTHON benchmarks/fuzz_engine.py --seconds "${1:-60}"
unset LD_PRELOAD
