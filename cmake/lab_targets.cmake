# The few words in which every CMakeLists.txt of the lab speaks.

add_library(lab_options INTERFACE)
target_include_directories(lab_options INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
# Designated initialisers leave members at their defaults on purpose.
target_compile_options(lab_options INTERFACE -Wall -Wextra -Wno-missing-field-initializers
                       -fno-omit-frame-pointer)
if(LAB_WERROR)
  target_compile_options(lab_options INTERFACE -Werror)
endif()
if(LAB_SANITIZE)
  target_compile_options(lab_options INTERFACE -fsanitize=${LAB_SANITIZE})
  target_link_options(lab_options INTERFACE -fsanitize=${LAB_SANITIZE})
  if(LAB_SANITIZE STREQUAL "thread")
    # Protobuf's and Abseil's headers declare other members where they see the thread sanitizer than
    # the distribution's libraries, which were built without, have.
    target_compile_options(lab_options INTERFACE -U__SANITIZE_THREAD__)
  endif()
endif()

find_program(LAB_CCACHE ccache)
if(LAB_CCACHE)
  # Paths relative to the checkout, so that another checkout finds what this one compiled.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros
      CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${LAB_CCACHE})
endif()

# lab_room(NAME SOURCES … LINK …): one folder of code as a static library.
function(lab_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;LINK" ${ARGN})
  if(NOT ROOM_SOURCES)
    add_library(${name} INTERFACE)
    target_link_libraries(${name} INTERFACE lab_options ${ROOM_LINK})
    return()
  endif()
  add_library(${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(${name} PUBLIC lab_options ${ROOM_LINK})
endfunction()

# lab_program(NAME SOURCES … LINK …): an executable in bin/.
function(lab_program name)
  cmake_parse_arguments(PROGRAM "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${PROGRAM_SOURCES})
  target_link_libraries(${name} PRIVATE lab_options ${PROGRAM_LINK})
endfunction()

# lab_test(NAME SOURCES … LINK … [LABELS …]): a gtest program; each TEST is one ctest test.
function(lab_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK;LABELS" ${ARGN})
  add_executable(${name} ${TEST_SOURCES})
  target_link_libraries(${name} PRIVATE lab_options ${TEST_LINK} GTest::gtest_main GTest::gmock)
  lab_discover_tests(${name} "${TEST_LABELS}")
endfunction()

# lab_gui_test(NAME SOURCES … LINK … [LABELS …]): the same for widgets, with an application of its own.
function(lab_gui_test name)
  cmake_parse_arguments(TEST "" "" "SOURCES;LINK;LABELS" ${ARGN})
  find_package(Qt6 6.4 REQUIRED COMPONENTS Test)
  add_executable(${name} ${TEST_SOURCES} ${CMAKE_SOURCE_DIR}/tests/gui/main.cc)
  target_link_libraries(${name} PRIVATE lab_gui_lib ${TEST_LINK} GTest::gtest GTest::gmock Qt6::Test)
  lab_discover_tests(${name} "${TEST_LABELS}")
endfunction()

function(lab_discover_tests name labels)
  # Threads that wait sleep instead of spinning: tests run several at a time.
  set(properties TIMEOUT 300 ENVIRONMENT OMP_WAIT_POLICY=passive)
  if(labels)
    list(APPEND properties LABELS "${labels}")
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES ${properties})
endfunction()

# Torch rooms share one precompiled header: the first such target makes it, the others reuse it.
function(lab_use_torch name)
  target_link_libraries(${name} PUBLIC lab_torch)
  if(TARGET lab_torch_pch)
    target_precompile_headers(${name} REUSE_FROM lab_torch_pch)
  endif()
endfunction()

# Rooms that speak gRPC share another; see proto/CMakeLists.txt.
function(lab_use_rpc)
  foreach(name IN LISTS ARGN)
    target_precompile_headers(${name} REUSE_FROM lab_rpc_pch)
  endforeach()
endfunction()
