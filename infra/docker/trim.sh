#!/bin/sh
# Leaves out of the environment what nothing runs: packages' own tests, debug symbols, the type stubs.
# What is compiled once here is compiled in no container: none may write below /opt.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
find "$packages" -type d \( -name tests -o -name test \) -path '*/numpy/*' -prune -exec rm -rf {} +
find "$packages" -type f \( -name '*.pyi' -o -name '*.c' -o -name '*.pyx' -o -name '*.a' \) -delete
find "$packages" -type f -name '*.so*' -exec strip --strip-unneeded {} + 2>/dev/null || true
# githubkit's schemas are thousands of files of which a run loads a handful, if any.
"$1/bin/python" -m compileall -q -j 0 -x '/githubkit_schemas/v' --invalidation-mode unchecked-hash "$packages"
