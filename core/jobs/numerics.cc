#include "core/jobs/numerics.h"

#include <torch/headeronly/version.h>

#include "core/base/strings.h"
#include "core/model/products.h"
#include "core/tensor/device.h"

namespace lab {

Numerics SettleNumerics(int64_t threads, const std::string& precision, const std::string& attention,
                        const nlohmann::json& recorded, EventSink& sink) {
  Numerics settled;
  settled.precision = ChoosePrecision(precision);
  auto name = [&sink](const std::string& difference) {
    sink.Log(difference);
    sink.Mark(0, difference);
  };
  if (recorded.is_object()) {
    threads = recorded.value("threads", threads);
    const Precision before =
        ChoosePrecision(recorded.value("precision", PrecisionName(settled.precision)));
    if (before != settled.precision) {
      name(StrCat("train.precision is ", PrecisionName(settled.precision), ", but the run goes on ",
                  "in ", PrecisionName(before), ", as it began"));
    }
    settled.precision = before;
  }
  settled.record = {{"threads", SetThreads(static_cast<int>(threads))},
                    {"precision", PrecisionName(settled.precision)},
                    {"products", ProductsName(settled.precision)},
                    {"attention", attention},
                    {"processor", DescribeCpu().name},
                    {"libtorch", TORCH_VERSION}};
  if (!recorded.is_object()) return settled;
  for (const auto& [key, value] : recorded.items()) {
    auto now = settled.record.find(key);
    if (now == settled.record.end() || *now == value) continue;
    name(
        StrCat(key, " was ", value.dump(), ", is ", now->dump(),
               ": from here on the numbers may differ in their last bits from an undisturbed run"));
  }
  return settled;
}

}  // namespace lab
