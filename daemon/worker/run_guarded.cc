#include "daemon/worker/run_guarded.h"

#include <exception>
#include <new>
#include <string>
#include <string_view>

#include <c10/util/Exception.h>

#include "core/base/strings.h"

namespace lab {
namespace {

absl::Status OutOfMemory(std::string_view detail) {
  return Failure(absl::StatusCode::kResourceExhausted, reason::kOutOfMemory,
                 StrCat("memory ran out: ", detail,
                        ". Try a smaller train.micro_batch (raise train.accumulation to keep the "
                        "batch), model.context or model"));
}

std::string FirstLine(std::string_view text) {
  return std::string(text.substr(0, text.find('\n')));
}

absl::Status FromTorch(const c10::Error& error) {
  const std::string line = FirstLine(error.what_without_backtrace());
  // The CPU allocator has no exception type of its own.
  if (line.find("can't allocate memory") != std::string::npos) return OutOfMemory(line);
  return Failure(absl::StatusCode::kInternal, reason::kInternal, StrCat("in LibTorch: ", line));
}

}  // namespace

absl::Status RunGuarded(const std::function<absl::Status()>& work) {
  try {
    return work();
  } catch (const c10::OutOfMemoryError& error) {
    return OutOfMemory(FirstLine(error.what_without_backtrace()));
  } catch (const c10::Error& error) {
    return FromTorch(error);
  } catch (const std::bad_alloc&) {
    return OutOfMemory("an allocation failed");
  } catch (const std::exception& error) {
    return Failure(absl::StatusCode::kInternal, reason::kInternal, FirstLine(error.what()));
  }
}

}  // namespace lab
