# SPDX-License-Identifier: Apache-2.0
# The project's own build words: persandian_library, persandian_catalog, persandian_program, persandian_test,
# persandian_fuzzer.

# detectors/flow -> persandian_flow; detectors/sigma/modifiers -> persandian_sigma_modifiers
function(persandian_target_name room out)
  string(REGEX REPLACE "^(detectors|daemon)/" "" name ${room})
  string(REPLACE "/" "_" name ${name})
  set(${out} persandian_${name} PARENT_SCOPE)
endfunction()

# The room of the folder that is being processed, relative to the top: detectors/flow
function(persandian_this_room out)
  file(RELATIVE_PATH room ${PROJECT_SOURCE_DIR} ${CMAKE_CURRENT_SOURCE_DIR})
  set(${out} ${room} PARENT_SCOPE)
endfunction()

# persandian_library(SOURCES a.cc… USES detectors/base… [LINKS PkgConfig::pcap…])
# One static library per folder. USES must stand in the allow-list of cmake/Layers.cmake.
function(persandian_library)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  persandian_this_room(room)
  persandian_target_name(${room} target)
  if(NOT DEFINED persandian_may_use_${room})
    message(FATAL_ERROR "${room} is not in cmake/Layers.cmake: say there whom it may use")
  endif()
  foreach(other IN LISTS arg_USES)
    if(NOT other IN_LIST persandian_may_use_${room})
      message(FATAL_ERROR "${room} may not use ${other} (cmake/Layers.cmake)")
    endif()
  endforeach()
  set(kind PUBLIC)
  if(arg_SOURCES)
    add_library(${target} STATIC ${arg_SOURCES})
  else()
    add_library(${target} INTERFACE)
    set(kind INTERFACE)
  endif()
  target_link_libraries(${target} ${kind} persandian_options ${arg_LINKS})
  foreach(other IN LISTS arg_USES)
    persandian_target_name(${other} other_target)
    target_link_libraries(${target} ${kind} ${other_target})
  endforeach()
endfunction()

# persandian_catalog(TYPE ProtocolEntry HEADER detectors/protocols/protocol.h NAMESPACE persandian::protocols
#                    ENTRIES dns http… [SOURCES machinery.cc…] USES … LINKS …)
# A room to which files are added. For each entry: compiles <name>.cc, which defines
# `const TYPE& <name>_entry()` in NAMESPACE; lists it in the generated catalog; stops when its test is
# missing; builds a fuzzer for it in the fuzz preset (tests/fuzz/<room>_fuzzer.cc).
function(persandian_catalog)
  cmake_parse_arguments(arg "" "TYPE;HEADER;NAMESPACE" "ENTRIES;SOURCES;USES;LINKS" ${ARGN})
  persandian_this_room(room)
  persandian_target_name(${room} target)
  set(declarations "")
  set(rows "")
  set(sources ${arg_SOURCES})
  foreach(name IN LISTS arg_ENTRIES)
    list(APPEND sources ${name}.cc)
    string(APPEND declarations "const ${arg_TYPE}& ${name}_entry() noexcept;\n")
    string(APPEND rows "        &${name}_entry(),\n")
    if(NOT EXISTS ${PROJECT_SOURCE_DIR}/tests/${room}/${name}_test.cc)
      message(FATAL_ERROR "${room}/${name}.cc has no test: write tests/${room}/${name}_test.cc")
    endif()
  endforeach()
  list(LENGTH arg_ENTRIES count)
  set(catalog ${PROJECT_BINARY_DIR}/generated/${room}/catalog.cc)
  file(CONFIGURE OUTPUT ${catalog} @ONLY CONTENT
"// Generated from the ENTRIES of @room@/CMakeLists.txt.
#include <array>
#include \"@arg_HEADER@\"
namespace @arg_NAMESPACE@ {
@declarations@
std::span<const @arg_TYPE@* const> catalog() noexcept {
    static const std::array<const @arg_TYPE@*, @count@> entries = {
@rows@    };
    return entries;
}
}  // namespace @arg_NAMESPACE@
")
  persandian_library(SOURCES ${sources} ${catalog} USES ${arg_USES} LINKS ${arg_LINKS})
  set_property(GLOBAL PROPERTY persandian_entries_${room} ${arg_ENTRIES})
endfunction()

# persandian_program(NAME persandian SOURCES … USES rooms… LINKS … [DESTINATION bin])
function(persandian_program)
  cmake_parse_arguments(arg "" "NAME;DESTINATION" "SOURCES;USES;LINKS" ${ARGN})
  add_executable(${arg_NAME} ${arg_SOURCES})
  target_link_libraries(${arg_NAME} PRIVATE persandian_options ${arg_LINKS})
  foreach(other IN LISTS arg_USES)
    persandian_target_name(${other} other_target)
    target_link_libraries(${arg_NAME} PRIVATE ${other_target})
  endforeach()
  set_target_properties(${arg_NAME} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
  if(arg_DESTINATION)
    install(TARGETS ${arg_NAME} RUNTIME DESTINATION ${arg_DESTINATION})
  endif()
endfunction()

# persandian_test(SOURCES a_test.cc… [USES rooms…] [LINKS …]) in tests/<room>/CMakeLists.txt.
# One test binary per room; the tests of the room's catalog entries join it by themselves.
function(persandian_test)
  cmake_parse_arguments(arg "" "" "SOURCES;USES;LINKS" ${ARGN})
  if(NOT PERSANDIAN_TESTS)
    return()
  endif()
  file(RELATIVE_PATH room ${PROJECT_SOURCE_DIR}/tests ${CMAKE_CURRENT_SOURCE_DIR})
  persandian_target_name(${room} target)
  get_property(entries GLOBAL PROPERTY persandian_entries_${room})
  set(sources ${arg_SOURCES})
  foreach(name IN LISTS entries)
    list(APPEND sources ${name}_test.cc)
  endforeach()
  set(test ${target}_test)
  add_executable(${test} ${sources})
  target_link_libraries(${test} PRIVATE persandian_test_support GTest::gmock_main ${arg_LINKS})
  if(PERSANDIAN_SANITIZE)
    # The tests themselves need no optimising; it would double the time that building them takes.
    target_compile_options(${test} PRIVATE -O0)
  endif()
  list(LENGTH sources source_count)
  if(PERSANDIAN_TEST_PCH AND source_count GREATER 3)
    target_precompile_headers(${test} PRIVATE <gmock/gmock.h> <gtest/gtest.h>)
  endif()
  if(TARGET ${target})
    target_link_libraries(${test} PRIVATE ${target})
  endif()
  foreach(other IN LISTS arg_USES)
    persandian_target_name(${other} other_target)
    target_link_libraries(${test} PRIVATE ${other_target})
  endforeach()
  gtest_discover_tests(${test} DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
endfunction()

# persandian_fuzzer(NAME yaml SOURCE yaml_fuzzer.cc USES rooms… [DEFINITIONS …])
function(persandian_fuzzer)
  cmake_parse_arguments(arg "" "NAME;SOURCE" "USES;LINKS;DEFINITIONS" ${ARGN})
  if(NOT PERSANDIAN_FUZZ)
    return()
  endif()
  set(target fuzz_${arg_NAME})
  add_executable(${target} ${arg_SOURCE})
  target_link_libraries(${target} PRIVATE persandian_options ${arg_LINKS})
  foreach(other IN LISTS arg_USES)
    persandian_target_name(${other} other_target)
    target_link_libraries(${target} PRIVATE ${other_target})
  endforeach()
  target_compile_definitions(${target} PRIVATE ${arg_DEFINITIONS})
  target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  add_test(NAME fuzz.${arg_NAME}
           COMMAND ${PROJECT_SOURCE_DIR}/tests/fuzz/run_fuzzer.sh $<TARGET_FILE:${target}> ${arg_NAME})
  set_tests_properties(fuzz.${arg_NAME} PROPERTIES TIMEOUT 1200)
endfunction()
