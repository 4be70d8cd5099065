#!/bin/sh
# The shared library exports exactly what pidproof.exports lists, and so does the static one:
# no internal name can be that of a function of the program. The header declares the same.
# usage: exports.sh SHARED_LIBRARY EXPORTS HEADER STATIC_LIBRARY
set -eu
listed=$(sed -n 's/^ *\(pidproof_[a-z0-9_]*\);$/\1/p' "$2" | sort)
exported=$(nm -D --defined-only "$1" | sed -n 's/^[0-9a-f]* [A-Z] \([a-z_][A-Za-z0-9_]*\).*/\1/p' | sort)
archived=$(nm -g --defined-only "$4" | sed -n 's/^[0-9a-f]* [A-Z] \([A-Za-z0-9_.]*\).*/\1/p' | sort)
declared=$(cc -E -P "$3" | grep -o 'pidproof_[a-z0-9_]*(' | tr -d '(' | sort -u)
status=0
for what in exported archived declared; do
  eval "names=\$$what"
  if [ "$names" != "$listed" ]; then
    echo "$what names are not those of $2:"
    printf '%s\n' "$names" "$listed" | sort | uniq -u
    status=1
  fi
done
exit $status
