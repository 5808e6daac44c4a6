// The pieces that services are made of: trailers, merging, files in parts, figures of the machine.

#include <cmath>
#include <filesystem>
#include <fstream>

#include <unistd.h>

#include <gmock/gmock.h>

#include "core/base/file.h"
#include "core/base/strings.h"
#include "daemon/service/event_merger.h"
#include "daemon/service/file_parts.h"
#include "daemon/service/inspect_service.h"
#include "daemon/service/machine.h"
#include "daemon/service/metric_service.h"
#include "daemon/service/resolved_config.h"
#include "daemon/service/status_map.h"
#include "lab/v1/corpus.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

v1::CheckReport ReportOf(int errors, size_t message_bytes) {
  v1::CheckReport report;
  report.set_type("pretrain");
  for (int i = 0; i < errors; ++i) {
    v1::FieldError& error = *report.add_errors();
    error.set_file("a.yaml");
    error.set_line(i + 1);
    error.set_field(StrCat("optim.field_", i));
    error.set_message(std::string(message_bytes, 'x'));
    error.set_reason("CONFIG_INVALID");
  }
  return report;
}

// Answers every call with one refusal or one failure.
class Refuser final : public v1::CorpusService::Service {
 public:
  grpc::Status ListCorpora(grpc::ServerContext* context, const v1::ListCorporaRequest*,
                           v1::ListCorporaResponse*) override {
    return status.ok() ? RefusedConfig(report, *context) : ToGrpc(status, *context);
  }
  v1::CheckReport report;
  absl::Status status;
};

struct Refused {
  grpc::Status status;
  std::string reason;
  v1::CheckReport report;
};

Refused Ask(Refuser& service) {
  TempDir dir;
  std::string address = StrCat("unix:", (dir.path() / "s").string());
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  auto server = builder.BuildAndStart();
  auto stub =
      v1::CorpusService::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext context;
  v1::ListCorporaResponse response;
  Refused refused;
  refused.status = stub->ListCorpora(&context, {}, &response);
  refused.reason = ReasonIn(context);
  auto found = context.GetServerTrailingMetadata().find(kErrorsTrailer);
  if (found != context.GetServerTrailingMetadata().end()) {
    EXPECT_TRUE(refused.report.ParseFromArray(found->second.data(),
                                              static_cast<int>(found->second.size())));
  }
  server->Shutdown();
  return refused;
}

TEST(StatusMap, SendsCodeMessageAndReason) {
  Refuser service;
  service.status = Failure(absl::StatusCode::kNotFound, reason::kCheckpointMissing, "no … yet");
  Refused refused = Ask(service);
  EXPECT_EQ(refused.status.error_code(), grpc::NOT_FOUND);
  EXPECT_EQ(refused.status.error_message(), "no … yet");
  EXPECT_EQ(refused.reason, "CHECKPOINT_MISSING");
}

TEST(StatusMap, LongOrIllFormedMessagesStillArrive) {
  Refuser service;
  service.status = absl::InternalError(std::string(100'000, '\xff'));
  Refused refused = Ask(service);
  EXPECT_EQ(refused.status.error_code(), grpc::INTERNAL);
  EXPECT_LT(refused.status.error_message().size(), 1100u);
  EXPECT_THAT(refused.status.error_message(), testing::EndsWith("…"));
  EXPECT_EQ(FirstInvalidUtf8(refused.status.error_message()), std::string::npos);
}

TEST(StatusMap, RefusalCarriesAllErrorsThatFit) {
  Refuser service;
  service.report = ReportOf(3, 20);
  Refused refused = Ask(service);
  EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(refused.reason, "CONFIG_INVALID");
  EXPECT_THAT(refused.status.error_message(), HasSubstr("a.yaml:1: optim.field_0: xxx"));
  EXPECT_THAT(refused.status.error_message(), HasSubstr("(and 2 more)"));
  EXPECT_EQ(refused.report.SerializeAsString(), service.report.SerializeAsString());
}

TEST(StatusMap, RefusalWithTooManyErrorsSaysHowManyAreMissing) {
  Refuser service;
  service.report = ReportOf(500, 3000);
  Refused refused = Ask(service);
  EXPECT_EQ(refused.status.error_code(), grpc::INVALID_ARGUMENT);
  int count = refused.report.errors_size();
  ASSERT_GT(count, 3);
  EXPECT_EQ(refused.report.errors(count - 1).message(), StrCat(501 - count, " more errors"));
  service.report = ReportOf(21, 1);
  refused = Ask(service);
  EXPECT_EQ(refused.report.errors(20).message(), "1 more error");
}

v1::WatchEvent Points(int64_t first, int count, const char* metric) {
  v1::WatchEvent event;
  v1::MetricPoints& points = *event.mutable_metrics();
  points.add_metrics("unused");
  points.add_metrics(metric);
  for (int i = 0; i < count; ++i) {
    points.add_metric(1);
    points.add_step(first + i);
    points.add_seconds(1);
    points.add_value(static_cast<double>(first + i));
    points.add_sequence(first + i);
  }
  event.set_sequence(first + count - 1);
  return event;
}

TEST(EventMerger, MergesNeighbouringPointsAndKeepsOrder) {
  EventMerger merger;
  EXPECT_TRUE(merger.empty());
  merger.Add(Points(1, 2, "a"));
  v1::WatchEvent progress;
  progress.mutable_progress()->set_step(1);
  merger.Add(progress);
  merger.Add(Points(3, 1, "b"));
  progress.mutable_progress()->set_step(2);
  merger.Add(progress);
  v1::WatchEvent mark;
  mark.set_sequence(4);
  mark.mutable_mark();
  merger.Add(mark);
  merger.Add(Points(5, 1, "a"));
  std::vector<v1::WatchEvent> messages = merger.Take();
  ASSERT_EQ(messages.size(), 4u);
  EXPECT_THAT(messages[0].metrics().metrics(), ElementsAre("a", "b"));
  EXPECT_THAT(messages[0].metrics().metric(), ElementsAre(0, 0, 1));
  EXPECT_THAT(messages[0].metrics().sequence(), ElementsAre(1, 2, 3));
  EXPECT_EQ(messages[0].sequence(), 3);
  EXPECT_EQ(messages[1].progress().step(), 2);
  EXPECT_TRUE(messages[2].has_mark());
  EXPECT_EQ(messages[3].sequence(), 5);
  EXPECT_TRUE(merger.empty());
  EXPECT_TRUE(merger.Take().empty());
}

TEST(EventMerger, SplitsWhatIsTooLongForOneMessage) {
  EventMerger merger;
  merger.Add(Points(1, EventMerger::kMaxPoints - 1, "a"));
  EXPECT_FALSE(merger.full());
  merger.Add(Points(EventMerger::kMaxPoints, 10, "a"));
  EXPECT_TRUE(merger.full());
  std::vector<v1::WatchEvent> messages = merger.Take();
  ASSERT_EQ(messages.size(), 2u);
  EXPECT_EQ(messages[0].sequence(), EventMerger::kMaxPoints);
  EXPECT_EQ(messages[0].metrics().value_size(), EventMerger::kMaxPoints);
  EXPECT_EQ(messages[1].metrics().metrics(messages[1].metrics().metric(0)), "a");
  EXPECT_EQ(messages[1].metrics().sequence(0), EventMerger::kMaxPoints + 1);
  EXPECT_FALSE(merger.full());
}

TEST(SplitPart, KeepsEveryColumn) {
  v1::SeriesPart part;
  part.set_name("a");
  part.set_raw_count(5);
  for (int i = 0; i < 5; ++i) {
    part.add_step(i);
    part.add_seconds(i);
    part.add_value(i);
    part.add_attempt(1);
  }
  std::vector<v1::SeriesPart> pieces = SplitPart(part, 2);
  ASSERT_EQ(pieces.size(), 3u);
  EXPECT_THAT(pieces[1].step(), ElementsAre(2, 3));
  EXPECT_THAT(pieces[2].value(), ElementsAre(4));
  EXPECT_EQ(pieces[2].raw_count(), 5);
  EXPECT_EQ(pieces[2].attempt_size(), 1);
}

TEST(FileParts, GivesFilesInOrderWithTheirHashes) {
  TempDir dir;
  auto folder = dir.path() / "step-000001";
  std::string large(kFilePartBytes * 2 + 7, 'a');
  large[kFilePartBytes] = 'b';
  WriteText(folder / "b.bin", large);
  WriteText(folder / "a" / "inner", "text");
  WriteText(folder / "empty", "");
  WriteText(dir.path() / "secret", "not yours");
  std::filesystem::create_symlink(dir.path() / "secret", folder / "link");
  std::filesystem::create_directory_symlink(dir.path(), folder / "up");
  std::vector<FilePart> parts;
  ASSERT_TRUE(ReadFileParts(folder, [&](FilePart part) {
                parts.push_back(std::move(part));
                return true;
              }).ok());
  std::vector<std::string> names;
  for (const FilePart& part : parts) names.push_back(part.path);
  EXPECT_THAT(names, ElementsAre("a/inner", "b.bin", "b.bin", "b.bin", "empty"));
  EXPECT_EQ(parts[0].sha256, Sha256("text"));
  EXPECT_EQ(parts[1].sha256, "");
  EXPECT_EQ(parts[1].data + parts[2].data + parts[3].data, large);
  EXPECT_EQ(parts[3].sha256, Sha256(large));
  EXPECT_EQ(parts[3].offset, int64_t{2 * kFilePartBytes});
  EXPECT_EQ(parts[3].size_bytes, static_cast<int64_t>(large.size()));
  EXPECT_EQ(parts[4].sha256, Sha256(""));
  EXPECT_EQ(SizeOnDisk(folder), static_cast<int64_t>(large.size() + 4));
}

TEST(FileParts, StopsAndFailsWithWords) {
  TempDir dir;
  WriteText(dir.path() / "one", "text");
  auto stop = [](FilePart) { return false; };
  EXPECT_TRUE(absl::IsCancelled(ReadFileParts(dir.path() / "one", stop)));
  EXPECT_TRUE(absl::IsNotFound(ReadFileParts(dir.path() / "none", stop)));
  std::filesystem::create_symlink(dir.path() / "one", dir.path() / "link");
  EXPECT_FALSE(ReadFileParts(dir.path() / "link", [](FilePart) { return true; }).ok());
  EXPECT_EQ(SizeOnDisk(dir.path() / "none"), 0);
}

TEST(Machine, CountsBusyTicksWithoutWaiting) {
  ProcessorTicks ticks =
      ParseProcessorTicks("cpu  100 20 30 800 50 6 7 8 90 0\ncpu0 1 2 3 4 5 6 7 8 9 0\n");
  EXPECT_EQ(ticks.total, 1021u);
  EXPECT_EQ(ticks.busy, 171u);
}

TEST(Machine, GivesPlausibleFigures) {
  EXPECT_GE(UsableThreads(), 1);
  EXPECT_GT(Memory().total_bytes, 100 << 20);
  EXPECT_LE(Memory().available_bytes, Memory().total_bytes);
  EXPECT_GT(ResidentBytes(::getpid()), 1 << 20);
  EXPECT_EQ(ResidentBytes(1 << 30), 0);
  EXPECT_GT(DiskFreeBytes("/"), 0);
  LoadMeter load;
  double share = load.Share();
  EXPECT_GE(share, 0);
  EXPECT_LE(share, 1);
}

TEST(ResolvedConfig, FindsScalarsAndSurvivesAnything) {
  std::string yaml = "type: pretrain\nseed: 7\ncheckpoint:\n  every: 50\n  keep: log\ninit: null\n";
  EXPECT_EQ(ResolvedInteger(yaml, "seed"), 7);
  EXPECT_EQ(ResolvedInteger(yaml, "checkpoint.every"), 50);
  EXPECT_EQ(ResolvedText(yaml, "checkpoint.keep"), "log");
  EXPECT_EQ(ResolvedText(yaml, "init"), std::nullopt);
  EXPECT_EQ(ResolvedText(yaml, "seed.every"), std::nullopt);
  EXPECT_EQ(ResolvedInteger(yaml, "checkpoint.keep"), std::nullopt);
  EXPECT_EQ(ResolvedText("a: [1", "a"), std::nullopt);
  EXPECT_EQ(ResolvedText("", "a"), std::nullopt);
  EXPECT_EQ(WithResolvedText("a: 1\nresume: 12\nb: 2\n", "resume", "12@5"),
            "a: 1\nresume: 12@5\nb: 2\n");
  EXPECT_EQ(WithResolvedText("a: 1\n", "resume", "12@5"), "a: 1\n");
}

TEST(InspectService, RefusesSettingsOutOfRange) {
  v1::GenerateRequest good;
  good.set_session("s");
  good.set_max_tokens(10);
  good.set_top_p(1);
  EXPECT_TRUE(CheckGenerateRequest(good).ok());
  auto refused = [&](auto change) {
    v1::GenerateRequest request = good;
    change(request);
    return CheckGenerateRequest(request).code() == absl::StatusCode::kInvalidArgument;
  };
  EXPECT_TRUE(refused([](auto& r) { r.clear_session(); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_max_tokens(0); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_temperature(-0.1); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_temperature(std::nan("")); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_top_k(-1); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_top_p(0); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_top_p(1.01); }));
  EXPECT_TRUE(refused([](auto& r) { r.add_stop(""); }));
  EXPECT_TRUE(refused([](auto& r) { r.set_alternatives(-1); }));
}

}  // namespace
}  // namespace lab
