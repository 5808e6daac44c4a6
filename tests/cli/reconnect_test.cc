// logs -f, daemon logs -f and system --watch when the connection breaks.

#include "cli/errors.h"
#include "core/base/strings.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const grpc::Status kLost(grpc::StatusCode::UNAVAILABLE, "labd is leaving");

class ReconnectTest : public LabctlTest {
 protected:
  ReconnectTest() {
    lab_.AddJob(1, v1::Job::RUNNING);
    lab_.on_log = [this](const v1::ReadLogRequest& request, grpc::ServerWriter<v1::LogChunk>* out) {
      return Answer<v1::LogChunk>(request, out);
    };
    lab_.on_daemon_log = [this](const v1::ReadDaemonLogRequest& request,
                                grpc::ServerWriter<v1::DaemonLogChunk>* out) {
      return Answer<v1::DaemonLogChunk>(request, out);
    };
  }

  // A line in two pieces; the connection breaks after it, twice.
  template <class Chunk, class Request>
  grpc::Status Answer(const Request& request, grpc::ServerWriter<Chunk>* writer) {
    asked_.push_back(request.has_from()
                         ? StrCat(request.from().file(), ":", request.from().offset())
                         : StrCat("tail ", request.tail_lines()));
    Chunk chunk;
    chunk.mutable_end()->set_file(7);
    for (const std::string& text : {StrCat("line ", asked_.size()), std::string("\n")}) {
      written_ += static_cast<int64_t>(text.size());
      chunk.set_text(text);
      chunk.mutable_end()->set_offset(100 + written_);
      writer->Write(chunk);
    }
    return asked_.size() < 3 ? kLost : grpc::Status::OK;
  }

  int64_t written_ = 0;
  std::vector<std::string> asked_;  // where each call was to begin
};

TEST_F(ReconnectTest, LogsGoOnWhereTheyWere) {
  Outcome outcome = Labctl({"logs", "1", "--follow", "--tail", "5"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_EQ(outcome.out, "line 1\nline 2\nline 3\n");
  EXPECT_THAT(asked_, ElementsAre("tail 5", "7:107", "7:114"));
  EXPECT_THAT(outcome.err, HasSubstr("waiting for it"));
}

TEST_F(ReconnectTest, LabdsOwnLogGoesOnToo) {
  Outcome outcome = Labctl({"daemon", "logs", "--follow"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_EQ(outcome.out, "line 1\nline 2\nline 3\n");
  EXPECT_THAT(asked_, ElementsAre("tail 0", "7:107", "7:114"));
}

TEST_F(ReconnectTest, ALogThatIsNotFollowedFailsAtOnce) {
  Outcome outcome = Labctl({"logs", "1"});
  EXPECT_NE(outcome.code, kOk);
  EXPECT_EQ(outcome.out, "line 1\n");
  EXPECT_THAT(asked_, ElementsAre("tail 0"));
}

TEST_F(ReconnectTest, TheMachineIsWatchedAgain) {
  int connections = 0;
  lab_.on_watch_system = [&](grpc::ServerWriter<v1::System>* writer) {
    v1::System system;
    system.set_pid(++connections);
    writer->Write(system);
    if (connections == 3) interrupts_.Raise();
    return kLost;
  };
  Outcome outcome = Labctl({"system", "--watch"});
  EXPECT_EQ(outcome.code, kOk) << outcome.err;
  EXPECT_EQ(connections, 3);
  EXPECT_THAT(outcome.out, HasSubstr("pid 2"));
  EXPECT_THAT(outcome.err, HasSubstr("waiting for it"));
}

TEST_F(ReconnectTest, ARefusalIsNotAskedAgain) {
  int connections = 0;
  lab_.on_watch_system = [&](grpc::ServerWriter<v1::System>*) {
    ++connections;
    return grpc::Status(grpc::StatusCode::INVALID_ARGUMENT, "interval_seconds must be less");
  };
  Outcome outcome = Labctl({"system", "--watch"});
  EXPECT_EQ(outcome.code, kUsage) << outcome.err;
  EXPECT_EQ(connections, 1);
}

}  // namespace
}  // namespace lab::cli
