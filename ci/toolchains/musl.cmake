# Linux on x86-64 with musl instead of glibc: built by Debian's musl-gcc and
# run here. PIDPROOF_DEPS is the prefix that `ci/deps/build x86_64-musl` prints.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER musl-gcc)

include("${CMAKE_CURRENT_LIST_DIR}/prefix.cmake")
