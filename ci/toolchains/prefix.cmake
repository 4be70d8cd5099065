# What every cross-build looks for, it looks for in PIDPROOF_DEPS alone: the prefix that
# `ci/deps/build TARGET` prints. try_compile() configures projects of its own, which must
# find the same one.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PIDPROOF_DEPS)
set(CMAKE_FIND_ROOT_PATH "${PIDPROOF_DEPS}")
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${PIDPROOF_DEPS}/lib/pkgconfig")
