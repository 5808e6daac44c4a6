# Third-party packages, each as one imported target with SYSTEM headers.

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)
find_package(absl REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED COMPONENTS Crypto SSL)
find_package(spdlog REQUIRED)
find_package(yaml-cpp REQUIRED)
if(NOT TARGET yaml-cpp::yaml-cpp)  # the name before 0.8
  add_library(yaml-cpp::yaml-cpp ALIAS yaml-cpp)
endif()
pkg_check_modules(PCRE2 REQUIRED IMPORTED_TARGET libpcre2-8)
pkg_check_modules(UTF8PROC REQUIRED IMPORTED_TARGET libutf8proc)

if(NOT LAB_CORE_ONLY)
  find_package(Protobuf REQUIRED MODULE)  # the module, before gRPC asks for the config
  find_package(gRPC CONFIG REQUIRED)
  find_package(SQLite3 REQUIRED)
  find_package(CLI11 REQUIRED)
  pkg_check_modules(ZIP REQUIRED IMPORTED_TARGET libzip)
endif()
if(LAB_TESTS)
  find_package(GTest REQUIRED)
  include(GoogleTest)
endif()

include(lab_libtorch)
