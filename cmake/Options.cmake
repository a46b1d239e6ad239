# SPDX-License-Identifier: Apache-2.0
# Every compiler and linker flag of the project lives on this one target.
add_library(persandian_options INTERFACE)
target_include_directories(persandian_options INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR}/generated)
target_compile_features(persandian_options INTERFACE cxx_std_20)
target_compile_options(persandian_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-qual -Wformat=2 -Wimplicit-fallthrough -Wundef -Wdouble-promotion -Wextra-semi
  $<$<CXX_COMPILER_ID:GNU>:-Wlogical-op -Wduplicated-cond -Wduplicated-branches -Wsuggest-override>
  # gcc warns of members left out of designated initialisers and aggregates; their defaults are meant
  -Wno-missing-field-initializers
  $<$<CONFIG:RelWithDebInfo>:-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fstack-clash-protection>)
target_compile_definitions(persandian_options INTERFACE
  _GLIBCXX_ASSERTIONS PERSANDIAN_VERSION="${PROJECT_VERSION}" BOOST_LOG_DYN_LINK)
target_link_options(persandian_options INTERFACE
  $<$<CONFIG:RelWithDebInfo>:-Wl,-z,relro,-z,now>)

if(PERSANDIAN_SANITIZE)
  target_compile_options(persandian_options INTERFACE
    -fsanitize=${PERSANDIAN_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer
    # optimiser-dependent warnings misfire under instrumentation
    $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  target_link_options(persandian_options INTERFACE -fsanitize=${PERSANDIAN_SANITIZE})
endif()
if(PERSANDIAN_FUZZ)
  target_compile_options(persandian_options INTERFACE -fsanitize=fuzzer-no-link)
endif()
