# LibTorch's CPU half as the target lab_torch. Looked for in: $LIBTORCH, .deps/libtorch (made by
# scripts/fetch-libtorch), the torch package of python3, the distribution's libtorch-dev.
# The wheel's own find_package(Torch) wants a CUDA toolkit, so the target is written by hand.

set(LAB_TORCH_ROOTS "")
if(DEFINED ENV{LIBTORCH})
  list(APPEND LAB_TORCH_ROOTS $ENV{LIBTORCH})
endif()
list(APPEND LAB_TORCH_ROOTS ${CMAKE_SOURCE_DIR}/.deps/libtorch)
if(NOT EXISTS ${CMAKE_SOURCE_DIR}/.deps/libtorch/lib/libtorch_cpu.so)
  find_program(LAB_PYTHON python3)
  if(LAB_PYTHON)
    execute_process(
      COMMAND ${LAB_PYTHON} -c
              "import importlib.util as u; s=u.find_spec('torch'); print(s.submodule_search_locations[0] if s else '')"
      OUTPUT_VARIABLE LAB_PYTHON_TORCH OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
    if(LAB_PYTHON_TORCH)
      list(APPEND LAB_TORCH_ROOTS ${LAB_PYTHON_TORCH})
    endif()
  endif()
endif()
list(APPEND LAB_TORCH_ROOTS /usr)

find_library(LAB_TORCH_CPU torch_cpu PATHS ${LAB_TORCH_ROOTS}
             PATH_SUFFIXES lib lib/x86_64-linux-gnu lib/aarch64-linux-gnu NO_DEFAULT_PATH)
find_library(LAB_C10 c10 PATHS ${LAB_TORCH_ROOTS}
             PATH_SUFFIXES lib lib/x86_64-linux-gnu lib/aarch64-linux-gnu NO_DEFAULT_PATH)
find_path(LAB_TORCH_INCLUDE ATen/core/Tensor.h PATHS ${LAB_TORCH_ROOTS}
          PATH_SUFFIXES include NO_DEFAULT_PATH)
if(NOT LAB_TORCH_CPU OR NOT LAB_C10 OR NOT LAB_TORCH_INCLUDE)
  message(FATAL_ERROR "LibTorch was not found in: ${LAB_TORCH_ROOTS}.\n"
                      "Run scripts/fetch-libtorch, or set LIBTORCH to its folder.")
endif()

set(LAB_TORCH_VERSION_HEADER ${LAB_TORCH_INCLUDE}/torch/headeronly/version.h)
if(NOT EXISTS ${LAB_TORCH_VERSION_HEADER})
  set(LAB_TORCH_VERSION_HEADER ${LAB_TORCH_INCLUDE}/torch/csrc/api/include/torch/version.h)
endif()
file(STRINGS ${LAB_TORCH_VERSION_HEADER} LAB_TORCH_VERSION_LINES REGEX "define TORCH_VERSION_M")
string(REGEX MATCH "VERSION_MAJOR ([0-9]+)" _ "${LAB_TORCH_VERSION_LINES}")
set(LAB_TORCH_MAJOR ${CMAKE_MATCH_1})
string(REGEX MATCH "VERSION_MINOR ([0-9]+)" _ "${LAB_TORCH_VERSION_LINES}")
set(LAB_TORCH_VERSION ${LAB_TORCH_MAJOR}.${CMAKE_MATCH_1})
if(LAB_TORCH_VERSION VERSION_LESS 2.6)
  message(FATAL_ERROR "LibTorch ${LAB_TORCH_VERSION} in ${LAB_TORCH_CPU} is older than 2.6. "
                      "Run scripts/fetch-libtorch, which brings the tested version.")
endif()
message(STATUS "LibTorch ${LAB_TORCH_VERSION}: ${LAB_TORCH_CPU}")

get_filename_component(LAB_TORCH_LIBRARY_DIR ${LAB_TORCH_CPU} DIRECTORY)
add_library(lab_torch INTERFACE IMPORTED)
target_include_directories(lab_torch SYSTEM INTERFACE
  ${LAB_TORCH_INCLUDE} ${LAB_TORCH_INCLUDE}/torch/csrc/api/include)
# One header an operator: ATen's own headers then do not pull in every operator there is.
target_compile_definitions(lab_torch INTERFACE AT_PER_OPERATOR_HEADERS)
target_link_libraries(lab_torch INTERFACE ${LAB_TORCH_CPU} ${LAB_C10})
target_link_options(lab_torch INTERFACE -Wl,-rpath-link,${LAB_TORCH_LIBRARY_DIR})

# Wheels before 2.7 have the old C++ ABI; a program against one does not link. Said here, early.
execute_process(COMMAND sh -c "nm -D --defined-only '${LAB_C10}' | grep -q '__cxx11'"
                RESULT_VARIABLE LAB_TORCH_OLD_ABI)
if(LAB_TORCH_OLD_ABI)
  message(FATAL_ERROR "${LAB_C10} was built with the old C++ ABI (wheels before 2.7 were). "
                      "Run scripts/fetch-libtorch, which brings the tested version.")
endif()
