#include "core/jobs/numerics.h"

#include <torch/headeronly/version.h>

#include "core/base/strings.h"
#include "core/tensor/device.h"

namespace lab {

nlohmann::json SettleNumerics(int64_t threads, const std::string& precision,
                              const std::string& attention, const nlohmann::json& recorded,
                              EventSink& sink) {
  if (recorded.is_object()) threads = recorded.value("threads", threads);
  nlohmann::json numerics = {{"threads", SetThreads(static_cast<int>(threads))},
                             {"precision", precision},
                             {"attention", attention},
                             {"processor", DescribeCpu().name},
                             {"libtorch", TORCH_VERSION}};
  if (!recorded.is_object()) return numerics;
  for (const auto& [name, value] : recorded.items()) {
    auto now = numerics.find(name);
    if (now == numerics.end() || *now == value) continue;
    std::string difference =
        StrCat(name, " was ", value.dump(), ", is ", now->dump(),
               ": from here on the numbers may differ in their last bits from an undisturbed run");
    sink.Log(difference);
    sink.Mark(0, difference);
  }
  return numerics;
}

}  // namespace lab
