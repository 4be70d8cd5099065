#!/bin/sh
# Installs pidproof into a directory of its own and uses it from there, as a stranger would:
# find_package from C and C++, pkg-config with both libraries.
# usage: consumer.sh BUILD_DIR CONSUMER_SOURCE WORK_DIR [COMPILER FLAG...]
set -eu
build=$1 source=$2 work=$3
shift 3
rm -rf "$work"
cmake --install "$build" --prefix "$work/installed" >"$work.log"
cmake -S "$source" -B "$work/build" "-DCMAKE_PREFIX_PATH=$work/installed" \
  "-DCMAKE_C_FLAGS=$*" "-DCMAKE_CXX_FLAGS=$*" >>"$work.log"
cmake --build "$work/build" >>"$work.log"
"$work/build/from_c" $$
"$work/build/from_cxx" $$

libdir=$(dirname "$(find "$work/installed" -name pidproof.pc)")/..
export PKG_CONFIG_PATH="$libdir/pkgconfig"
# shellcheck disable=SC2046 # words are what is wanted
cc "$@" "$source/consumer.c" -o "$work/with_pc" $(pkg-config --cflags --libs pidproof)
LD_LIBRARY_PATH=$libdir "$work/with_pc" $$
cc "$@" "$source/consumer.c" -o "$work/with_pc_static" $(pkg-config --cflags pidproof) \
  "$libdir/libpidproof.a" $(pkg-config --libs libcrypto) -pthread
"$work/with_pc_static" $$
