#!/bin/sh
# The shared library exports exactly what pidproof.exports lists, and the header declares it.
# usage: exports.sh LIBRARY EXPORTS HEADER
set -eu
listed=$(sed -n 's/^ *\(pidproof_[a-z0-9_]*\);$/\1/p' "$2" | sort)
exported=$(nm -D --defined-only "$1" | sed -n 's/^[0-9a-f]* [A-Z] \([a-z_][A-Za-z0-9_]*\).*/\1/p' | sort)
declared=$(cc -E -P "$3" | grep -o 'pidproof_[a-z0-9_]*(' | tr -d '(' | sort -u)
status=0
for what in exported declared; do
  eval "names=\$$what"
  if [ "$names" != "$listed" ]; then
    echo "$what names are not those of $2:"
    printf '%s\n' "$names" "$listed" | sort | uniq -u
    status=1
  fi
done
exit $status
