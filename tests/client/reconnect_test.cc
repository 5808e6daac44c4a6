#include "proto/client/reconnect.h"

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lab {
namespace {

using ::testing::ElementsAre;

RetryOptions Quick() {
  RetryOptions options;
  options.first_retry_seconds = 0.001;
  options.last_retry_seconds = 0.002;
  return options;
}

TEST(IsLasting, TellsRefusalsFromWhatMayPass) {
  using Code = absl::StatusCode;
  for (Code code : {Code::kNotFound, Code::kInvalidArgument, Code::kPermissionDenied,
                    Code::kUnauthenticated, Code::kFailedPrecondition, Code::kUnimplemented}) {
    EXPECT_TRUE(IsLasting(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
  for (Code code : {Code::kOk, Code::kCancelled, Code::kUnknown, Code::kDeadlineExceeded,
                    Code::kResourceExhausted, Code::kAborted, Code::kInternal, Code::kUnavailable,
                    Code::kDataLoss}) {
    EXPECT_FALSE(IsLasting(absl::Status(code, ""))) << absl::StatusCodeToString(code);
  }
}

TEST(Reconnector, ConnectsUntilAllIsSaidAndTellsOfEachBreak) {
  Reconnector reconnector(Quick());
  std::vector<std::string> told;
  int connections = 0;
  absl::Status status = reconnector.Run(
      [&](Cancellation*) -> absl::StatusOr<bool> {
        ++connections;
        // The second one is refused before anything is heard: still the same break.
        if (connections != 2) reconnector.Heard();
        if (connections < 4) return absl::UnavailableError(std::to_string(connections));
        return true;
      },
      [&](const absl::Status& lost) { told.emplace_back(lost.ok() ? "back" : lost.message()); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_EQ(connections, 4);
  EXPECT_THAT(told, ElementsAre("1", "back", "3", "back"));
}

TEST(Reconnector, GivesUpWithTheLastFailure) {
  RetryOptions options = Quick();
  options.give_up_seconds = 0;
  absl::Status status = Reconnector(options).Run(
      [](Cancellation*) -> absl::StatusOr<bool> { return absl::UnavailableError("gone"); },
      nullptr);
  EXPECT_EQ(status, absl::UnavailableError("gone"));
}

TEST(Reconnector, EndsAtARefusal) {
  int connections = 0;
  absl::Status status = Reconnector(Quick()).Run(
      [&](Cancellation*) -> absl::StatusOr<bool> {
        ++connections;
        return absl::UnauthenticatedError("who are you?");
      },
      nullptr);
  EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_EQ(connections, 1);
}

TEST(Reconnector, IsCancelledWhileItWaits) {
  RetryOptions options;
  options.first_retry_seconds = options.last_retry_seconds = 600;
  options.give_up_seconds = -1;
  Reconnector reconnector(options);
  std::thread stopper;
  absl::Status status = reconnector.Run(
      [&](Cancellation*) -> absl::StatusOr<bool> {
        stopper = std::thread([&] { reconnector.Cancel(); });
        return absl::UnavailableError("gone");
      },
      nullptr);
  stopper.join();
  EXPECT_TRUE(absl::IsCancelled(status));
}

}  // namespace
}  // namespace lab
