# Linux on arm64, cross-built by Debian's compiler and run under qemu. PIDPROOF_DEPS is the
# prefix that `ci/deps/build aarch64-linux-gnu` prints.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CROSSCOMPILING_EMULATOR qemu-aarch64 -L /usr/aarch64-linux-gnu)

include("${CMAKE_CURRENT_LIST_DIR}/prefix.cmake")
