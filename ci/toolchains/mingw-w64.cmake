# Windows on x86-64, cross-built on Linux with mingw-w64 and run under Wine.
# PIDPROOF_DEPS is the prefix that ci/deps/build x86_64-w64-mingw32 prints.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc)
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_CROSSCOMPILING_EMULATOR wine)

# try_compile() configures projects of its own, which must find the same prefix.
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES PIDPROOF_DEPS)
set(CMAKE_FIND_ROOT_PATH "${PIDPROOF_DEPS}" /usr/x86_64-w64-mingw32)
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_LIBDIR} "${PIDPROOF_DEPS}/lib/pkgconfig")
