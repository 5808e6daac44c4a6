#include "daemon/worker/run_guarded.h"

#include <new>
#include <stdexcept>

#include <ATen/ops/empty.h>
#include <c10/util/Exception.h>
#include <gtest/gtest.h>

namespace lab {
namespace {

TEST(RunGuarded, PassesStatusesThrough) {
  EXPECT_TRUE(RunGuarded([] { return absl::OkStatus(); }).ok());
  absl::Status status = RunGuarded(
      [] { return Failure(absl::StatusCode::kNotFound, reason::kCorpusMissing, "no text"); });
  EXPECT_EQ(ReasonOf(status), "CORPUS_MISSING");
}

TEST(RunGuarded, NamesMemoryThatRanOut) {
  EXPECT_EQ(ReasonOf(RunGuarded([]() -> absl::Status { throw std::bad_alloc(); })),
            "OUT_OF_MEMORY");
  // More than any machine has: LibTorch's own allocator refuses.
  absl::Status status = RunGuarded([]() -> absl::Status {
    at::empty({int64_t{1} << 50}, at::kFloat);
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), "OUT_OF_MEMORY") << status;
  EXPECT_NE(MessageOf(status).find("micro_batch"), std::string_view::npos) << status;
}

TEST(RunGuarded, KeepsTheFirstLineOfOtherExceptions) {
  absl::Status status = RunGuarded([]() -> absl::Status {
    TORCH_CHECK(false, "shapes do not agree");
    return absl::OkStatus();
  });
  EXPECT_EQ(ReasonOf(status), "INTERNAL");
  EXPECT_NE(MessageOf(status).find("shapes do not agree"), std::string_view::npos) << status;
  EXPECT_EQ(MessageOf(status).find('\n'), std::string_view::npos);
  EXPECT_EQ(ReasonOf(RunGuarded([]() -> absl::Status { throw std::runtime_error("x"); })),
            "INTERNAL");
}

}  // namespace
}  // namespace lab
