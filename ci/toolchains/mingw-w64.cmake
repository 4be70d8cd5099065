# Windows on x86-64, cross-built on Linux with mingw-w64 and run under Wine.
# PIDPROOF_DEPS is the prefix that ci/deps/build x86_64-w64-mingw32 prints.
set(CMAKE_SYSTEM_NAME Windows)
set(CMAKE_SYSTEM_PROCESSOR x86_64)
set(CMAKE_C_COMPILER x86_64-w64-mingw32-gcc-posix) # C++ needs threads of this model
set(CMAKE_CXX_COMPILER x86_64-w64-mingw32-g++-posix)
set(CMAKE_EXE_LINKER_FLAGS_INIT -static) # a program that needs no library of the compiler's beside it
set(CMAKE_RC_COMPILER x86_64-w64-mingw32-windres)
set(CMAKE_CROSSCOMPILING_EMULATOR wine)

include("${CMAKE_CURRENT_LIST_DIR}/prefix.cmake")
list(APPEND CMAKE_FIND_ROOT_PATH /usr/x86_64-w64-mingw32)
