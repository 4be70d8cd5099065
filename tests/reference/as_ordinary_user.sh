#!/bin/sh
# as_ordinary_user.sh COMMAND [ARG...]: runs it as `nobody`. 77, which CTest shows as
# skipped, where that is not needed or cannot be done.
set -eu
if [ "$(id -u)" -ne 0 ]; then
    echo "already an ordinary user: the other test is this one"
    exit 77
fi
as_nobody() {
    setpriv --reuid=65534 --regid=65534 --clear-groups -- "$@"
}
if ! as_nobody test -x "$1"; then
    echo "nobody cannot reach $1: check out below a directory that everyone may enter"
    exit 77
fi
cd /
as_nobody env HOME=/nonexistent PATH=/usr/local/bin:/usr/bin:/bin "$@"
