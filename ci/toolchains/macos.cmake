# macOS 11 or newer on arm64 or x86-64, cross-built on Linux with Zig's clang; compiled and
# linked only, nothing of it can run here. PIDPROOF_DEPS is the prefix that
# `ci/deps/build aarch64-macos` (or x86_64-macos) prints, with the compiler in it.
set(CMAKE_SYSTEM_NAME Darwin)
set(CMAKE_SYSTEM_VERSION 20)
if(PIDPROOF_DEPS MATCHES "aarch64-macos")
  set(CMAKE_SYSTEM_PROCESSOR arm64)
else()
  set(CMAKE_SYSTEM_PROCESSOR x86_64)
endif()
set(CMAKE_C_COMPILER ${PIDPROOF_DEPS}/bin/cc)
set(CMAKE_CXX_COMPILER ${PIDPROOF_DEPS}/bin/c++)
set(CMAKE_AR ${PIDPROOF_DEPS}/bin/ar CACHE FILEPATH "" FORCE)
set(CMAKE_RANLIB ${PIDPROOF_DEPS}/bin/ranlib CACHE FILEPATH "" FORCE)
set(CMAKE_OSX_ARCHITECTURES "") # the compiler knows
set(CMAKE_OSX_DEPLOYMENT_TARGET "")
set(CMAKE_OSX_SYSROOT "")
# There is no install_name_tool here, and what is linked stays where it is.
set(CMAKE_INSTALL_NAME_TOOL /bin/true CACHE FILEPATH "" FORCE)
set(CMAKE_SKIP_RPATH ON)
set(CMAKE_SKIP_INSTALL_RPATH ON)

include("${CMAKE_CURRENT_LIST_DIR}/prefix.cmake")
