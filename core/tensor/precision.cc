#include "core/tensor/precision.h"

#include <fstream>
#include <sstream>
#include <string>

#include <c10/util/Exception.h>

namespace lab {
namespace {

// The first "flags" line of /proc/cpuinfo, which names the processor's instructions.
std::string ProcessorFlags() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) return line;
  }
  return "";
}

bool ReadBf16Instructions() {
  std::istringstream flags(ProcessorFlags());
  for (std::string flag; flags >> flag;) {
    if (flag == "avx512_bf16" || flag == "amx_bf16") return true;
  }
  return false;
}

}  // namespace

bool HasBf16Instructions() {
  static const bool kHas = ReadBf16Instructions();
  return kHas;
}

Precision ChoosePrecision(std::string_view name) {
  if (name == "auto") return HasBf16Instructions() ? Precision::kBf16 : Precision::kFp32;
  TORCH_CHECK(name == "bf16" || name == "fp32", "no precision is called ", name);
  return name == "bf16" ? Precision::kBf16 : Precision::kFp32;
}

}  // namespace lab
