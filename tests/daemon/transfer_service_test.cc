// Jobs out of one home and into another, and files that nobody should take in.

#include <cmath>
#include <cstring>
#include <limits>
#include <map>
#include <random>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "core/base/strings.h"
#include "daemon/transfer/import.h"
#include "lab/v1/transfer.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Entries = std::vector<std::pair<std::string, std::string>>;  // in order, without the sums

class EntryKeeper : public TarReader::Delegate {
 public:
  absl::Status BeginEntry(const std::string& name, int64_t) override {
    entries.push_back({name, ""});
    return absl::OkStatus();
  }
  absl::Status EntryData(std::string_view bytes) override {
    entries.back().second.append(bytes);
    return absl::OkStatus();
  }
  absl::Status EndEntry() override { return absl::OkStatus(); }
  Entries entries;
};

Entries Unpack(const std::string& bytes) {
  EntryKeeper keeper;
  TarReader reader(&keeper);
  EXPECT_TRUE(reader.Append(bytes).ok());
  EXPECT_TRUE(reader.Finish().ok());
  EXPECT_EQ(keeper.entries.back().first, kSumsEntry);
  keeper.entries.pop_back();
  return keeper.entries;
}

// A file of these entries whose hashes are right.
std::string Pack(const Entries& entries) {
  std::string bytes, sums;
  TarWriter writer([&](std::string_view piece) {
    bytes.append(piece);
    return absl::OkStatus();
  });
  for (const auto& [name, content] : entries) {
    EXPECT_TRUE(writer.Begin(name, static_cast<int64_t>(content.size()), 0).ok()) << name;
    EXPECT_TRUE(writer.Write(content).ok());
    sums += SumLine(Sha256(content), name);
  }
  EXPECT_TRUE(writer.Begin(kSumsEntry, static_cast<int64_t>(sums.size()), 0).ok());
  EXPECT_TRUE(writer.Write(sums).ok());
  EXPECT_TRUE(writer.Finish().ok());
  return bytes;
}

// A home with a service, and short ways to it.
struct Home : ServiceLab {
  absl::StatusOr<std::string> Export(const std::vector<int64_t>& ids, const std::string& group = "",
                                     v1::ExportJobsRequest::Checkpoints mode = {}) {
    auto stub = v1::TransferService::NewStub(Channel());
    grpc::ClientContext context;
    v1::ExportJobsRequest request;
    request.mutable_job_ids()->Add(ids.begin(), ids.end());
    request.set_group(group);
    request.set_checkpoints(mode);
    auto stream = stub->ExportJobs(&context, request);
    std::string bytes;
    v1::ArchiveChunk chunk;
    while (stream->Read(&chunk)) {
      EXPECT_LE(chunk.data().size(), size_t{1} << 20);
      bytes += chunk.data();
    }
    return Answer(stream->Finish(), context, std::move(bytes));
  }
  absl::StatusOr<v1::ImportJobsResponse> Import(std::string_view bytes) {
    auto stub = v1::TransferService::NewStub(Channel());
    grpc::ClientContext context;
    v1::ImportJobsResponse response;
    auto stream = stub->ImportJobs(&context, &response);
    v1::ArchiveChunk chunk;
    while (!bytes.empty()) {
      chunk.set_data(std::string(bytes.substr(0, 100'000)));
      bytes.remove_prefix(chunk.data().size());
      if (!stream->Write(chunk)) break;
    }
    stream->WritesDone();
    const grpc::Status status = stream->Finish();  // fills the response
    return Answer(status, context, std::move(response));
  }
  template <class T>
  absl::StatusOr<T> Answer(const grpc::Status& status, const grpc::ClientContext& context,
                           T value) {
    if (status.ok()) return value;
    return Failure(static_cast<absl::StatusCode>(status.error_code()), ReasonIn(context),
                   status.error_message());
  }

  // A checkpoint with manifests, as a worker writes it.
  void AddRealCheckpoint(int64_t id, int64_t number, int64_t step) {
    std::string digits = std::to_string(step);
    const std::string name = "step-" + std::string(6 - digits.size(), '0') + digits;
    const fs::path folder = CheckpointFolder(places, id, name);
    auto manifest = [&](const fs::path& in, const std::string& file, const std::string& content) {
      WriteText(in / file, content);
      nlohmann::json json = {{"files", {{{"file", file}, {"sha256", Sha256(content)}}}}};
      WriteText(in / "manifest.json", json.dump());
      return Sha256(json.dump());
    };
    RecordedCheckpoint recorded;
    recorded.checkpoint.set_sha256(
        manifest(folder, "model.safetensors", std::string(3'000'000, 'w') + name));
    manifest(folder / "trainer", "state.json", "state of " + name);
    recorded.checkpoint.set_name(name);
    recorded.checkpoint.set_step(step);
    recorded.checkpoint.set_kind("full");
    WorkerEvent event;
    event.number = number;
    event.step = step;
    event.data = recorded;
    AppendEvent(id, std::move(event));
    EXPECT_TRUE(store->Flush().ok());
  }

  // A paused job that has been through a rewind and has a bit of everything.
  int64_t AddRichJob() {
    int64_t id = AddRunningJob();
    AppendPoints(id, 1, 3000);
    AddRealCheckpoint(id, 3001, 2000);
    WorkerEvent sample;
    sample.number = 3002;
    sample.step = 2500;
    v1::Sample text;
    text.set_step(2500);
    text.set_text("ill-formed \xff\xfe text");
    text.set_temperature(0.1);
    sample.data = text;
    AppendEvent(id, sample);
    sample.number = 3003;
    sample.step = 2000;
    text.set_step(2000);
    sample.data = text;
    AppendEvent(id, sample);  // after the checkpoint of its step
    EXPECT_TRUE(store->Flush().ok());
    EXPECT_TRUE(store->BeginAttempt(id, 2, 2000).ok());
    WorkerBatch batch;
    batch.items.emplace_back(std::vector<DeclaredMetric>{{0, "train/loss", "nats", "min"},
                                                         {1, "odd/values", "", "none"}});
    WorkerPoints points;
    points.first = 1;
    double strange_nan = 0;
    const uint64_t bits = 0x7FF8'0000'DEAD'BEEF;
    std::memcpy(&strange_nan, &bits, sizeof(bits));
    int64_t step = 2000;
    for (double value : {strange_nan, std::numeric_limits<double>::infinity(), -0.0, 5e-324, 0.1}) {
      points.points.push_back({1, static_cast<uint64_t>(++step), 1.5, value});
      points.points.push_back({0, static_cast<uint64_t>(step), 1.5, value});
    }
    batch.items.emplace_back(std::move(points));
    batch.event_count = batch.last_number = 10;
    store->Append(id, 2, std::move(batch));
    EXPECT_TRUE(store->Flush().ok());
    SetState(id, v1::Job::STOPPING);
    JobChange change;
    change.state = v1::Job::PAUSED;
    change.note = "a \"note\"";
    change.tags = {"warm", "ünïcode"};
    EXPECT_TRUE(store->UpdateJob(id, change).ok());
    v1::Change slower;
    slower.set_field("optim.learning_rate");
    slower.set_before("0.001");
    slower.set_value("0.0001");
    EXPECT_TRUE(store->AddChanges(id, 0, {slower}, "type: pretrain\nseed: 1\nslower: 1\n").ok());
    WriteText(places.job(id) / "log", "line 1\nline 2\n");
    WriteText(places.job(id) / "tables" / "odd.csv", "a,b\n");
    WriteText(places.job(id) / ".hidden", "not this");
    WriteText(places.job(id) / "lock", "");
    return id;
  }

  // Every point of every attempt, as bytes.
  std::string Series(int64_t id) {
    std::string bytes;
    absl::Status read = store->ReadMetrics(id, {}, 0, true, [&](const v1::SeriesPart& part) {
      bytes += part.name() + part.unit();
      auto put = [&](const auto& column) {
        bytes.append(reinterpret_cast<const char*>(column.data()),
                     static_cast<size_t>(column.size()) * 8);
      };
      put(part.step());
      put(part.seconds());
      put(part.value());
      put(part.attempt());
      return true;
    });
    EXPECT_TRUE(read.ok()) << read;
    return bytes;
  }
  std::string Events(int64_t id) {
    auto history =
        store->ReadEventsAfter(id, 0, {"state", "sample", "checkpoint", "mark"}, 100'000);
    EXPECT_TRUE(history.ok());
    std::string bytes;
    for (const auto& event : history->events) bytes += event.SerializeAsString();
    return bytes;
  }
  // What a refused import must not leave.
  void ExpectEmpty() {
    EXPECT_TRUE(store->ListJobs({})->jobs.empty());
    EXPECT_TRUE(fs::is_empty(places.jobs()) || !fs::exists(places.jobs()));
  }
};

std::string Files(const fs::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    files[entry.path().lexically_relative(folder)] = *ReadFile(entry.path());
  }
  std::string all;
  for (const auto& [name, content] : files) all += StrCat(name, "\n", Sha256(content), "\n");
  return all;
}

TEST(Transfer, AJobArrivesBitForBitInAnotherHome) {
  Home from, to;
  int64_t id = from.AddRichJob();
  to.AddHeldJob();  // so that the ids differ
  auto file = from.Export({id});
  ASSERT_TRUE(file.ok()) << file.status();
  auto answer = to.Import(*file);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->jobs_size(), 1);
  int64_t copy = answer->jobs(0).job_id();
  EXPECT_EQ(copy, 2) << "1 is the held job";
  EXPECT_TRUE(answer->jobs(0).resumable());
  EXPECT_EQ(answer->jobs(0).state(), "paused");

  EXPECT_EQ(from.Series(id), to.Series(copy));
  EXPECT_EQ(from.Events(id), to.Events(copy));
  EXPECT_TRUE(from.store->ListSamples(id)->empty());
  EXPECT_TRUE(to.store->ListSamples(copy)->empty());
  v1::Job before = *from.store->GetJob(id), after = *to.store->GetJob(copy);
  EXPECT_EQ(after.origin().job_id(), id);
  EXPECT_FALSE(after.origin().host().empty());
  EXPECT_GT(after.origin().import_time().seconds(), 0);
  before.set_id(copy);
  after.clear_origin();
  for (auto* job : {&before, &after}) {
    for (auto& one : *job->mutable_checkpoints()) one.clear_size_bytes();
  }
  EXPECT_EQ(before.SerializeAsString(), after.SerializeAsString())
      << before.DebugString() << after.DebugString();
  EXPECT_EQ(from.store->GetJobTexts(id)->resolved, to.store->GetJobTexts(copy)->resolved);
  EXPECT_EQ(to.store->GetJobTexts(copy)->current, "type: pretrain\nseed: 1\nslower: 1\n");
  fs::remove(from.places.job(id) / ".hidden");
  fs::remove(from.places.job(id) / "lock");
  WriteText(from.places.job(id) / "config.yaml", from.store->GetJobTexts(id)->resolved);
  EXPECT_EQ(Files(from.places.job(id)), Files(to.places.job(copy)));
  EXPECT_EQ(to.store->NewestFullCheckpoint(copy)->value().name(), "step-002000");
}

TEST(Transfer, TheSameJobCanBeTakenInTwiceAndBackAgain) {
  Home home;
  int64_t id = home.AddRichJob();
  auto file = home.Export({id});
  ASSERT_TRUE(home.Import(*file).ok());
  auto second = home.Import(*file);
  ASSERT_TRUE(second.ok()) << second.status();
  auto again = home.Export({second->jobs(0).job_id()});
  auto third = home.Import(*again);
  ASSERT_TRUE(third.ok()) << third.status();
  EXPECT_EQ(home.Series(id), home.Series(third->jobs(0).job_id()));
  ASSERT_TRUE(home.store->RemoveJob(third->jobs(0).job_id()).ok());
}

TEST(Transfer, WeightsOnlyAndNoneLeaveOutWhatTheySay) {
  Home from, to;
  int64_t id = from.AddRichJob();
  auto weights = to.Import(*from.Export({id}, "", v1::ExportJobsRequest::WEIGHTS));
  ASSERT_TRUE(weights.ok()) << weights.status();
  EXPECT_FALSE(weights->jobs(0).resumable());
  v1::Job job = *to.store->GetJob(weights->jobs(0).job_id());
  ASSERT_EQ(job.checkpoints_size(), 1);
  EXPECT_EQ(job.checkpoints(0).kind(), "weights");
  EXPECT_FALSE(fs::exists(CheckpointFolder(to.places, job.id(), "step-002000") / "trainer"));
  auto none = to.Import(*from.Export({id}, "", v1::ExportJobsRequest::NONE));
  ASSERT_TRUE(none.ok()) << none.status();
  EXPECT_EQ(to.store->GetJob(none->jobs(0).job_id())->checkpoints_size(), 0);
  EXPECT_EQ(from.Series(id), to.Series(none->jobs(0).job_id()));
}

TEST(Transfer, AGroupIsMadeAnewAndParentsAreFollowed) {
  Home from, to;
  NewJob one, two;
  one.type = two.type = "pretrain";
  one.resolved = two.resolved = "type: pretrain\n";
  one.hold = two.hold = true;
  one.member = "seed=1";
  two.parent.emplace();
  two.parent->set_job_id(1);
  two.parent->set_step(7);
  auto created = from.store->CreateJobs({one, two}, "rates", "");
  auto file = from.Export(created->ids, "rates");
  ASSERT_TRUE(file.ok()) << file.status();
  ASSERT_TRUE(to.Import(*file).ok());
  auto second = to.Import(*file);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->group(), "rates-2");
  auto members = *to.store->GroupMembers("rates-2");
  ASSERT_EQ(members.size(), 2u);
  EXPECT_EQ(to.store->GetJob(members[0])->member(), "seed=1");
  EXPECT_EQ(to.store->GetJob(members[1])->parent().job_id(), members[0]);
  auto alone = to.Import(*from.Export({created->ids[1]}));
  EXPECT_EQ(to.store->GetJob(alone->jobs(0).job_id())->parent().job_id(), 0);
  EXPECT_EQ(to.store->GetJob(alone->jobs(0).job_id())->state(), v1::Job::HELD);
}

TEST(Transfer, RefusesToExportWhatRunsOrIsNotThere) {
  Home home;
  int64_t id = home.AddRunningJob();
  auto running = home.Export({id});
  EXPECT_EQ(ReasonOf(running.status()), "JOB_RUNNING");
  EXPECT_THAT(std::string(MessageOf(running.status())), HasSubstr("pause it first"));
  EXPECT_TRUE(absl::IsNotFound(home.Export({77}).status()));
  EXPECT_TRUE(absl::IsInvalidArgument(home.Export({}).status()));
}

TEST(Transfer, NothingStaysOfAFileThatIsCutShort) {
  Home from, to;
  std::string file = *from.Export({from.AddRichJob()});
  for (double share : {0.0, 0.001, 0.3, 0.7, 0.99}) {
    auto size = static_cast<size_t>(share * static_cast<double>(file.size()));
    auto answer = to.Import(file.substr(0, size));
    EXPECT_EQ(ReasonOf(answer.status()), reason::kJobFileCorrupt) << size << answer.status();
  }
  to.ExpectEmpty();
}

TEST(Transfer, NothingStaysOfAFileWithOneWrongBit) {
  Home from, to;
  std::string file = *from.Export({from.AddRichJob()});
  std::mt19937_64 random(7);
  for (int round = 0; round < 60; ++round) {
    std::string bad = file;
    // Not in the zeros behind the end.
    size_t at = random() % (file.size() - 4096);
    bad[at] = static_cast<char>(bad[at] ^ (1 << random() % 8));
    auto answer = to.Import(bad);
    EXPECT_FALSE(answer.ok()) << "byte " << at << " of " << file.size();
  }
  to.ExpectEmpty();
}

// Rewrites one entry of a sound file, with right hashes.
class HostileTransfer : public ::testing::Test {
 protected:
  HostileTransfer() { entries_ = Unpack(*from_.Export({from_.AddRichJob()})); }

  std::string& Content(const std::string& name) {
    for (auto& [entry, content] : entries_) {
      if (entry == name) return content;
    }
    ADD_FAILURE() << "no entry " << name;
    return entries_.front().second;
  }
  void Edit(const std::string& name, const std::function<void(nlohmann::json&)>& change) {
    nlohmann::json json = nlohmann::json::parse(Content(name));
    change(json);
    Content(name) = json.dump();
  }
  void ExpectRefused(std::string_view reason, const std::string& words) {
    auto answer = to_.Import(Pack(entries_));
    EXPECT_EQ(ReasonOf(answer.status()), reason) << answer.status();
    EXPECT_THAT(std::string(MessageOf(answer.status())), HasSubstr(words));
    to_.ExpectEmpty();
  }

  Home from_, to_;
  Entries entries_;
};

TEST_F(HostileTransfer, IsTakenWhenNothingIsChanged) {
  auto answer = to_.Import(Pack(entries_));
  EXPECT_TRUE(answer.ok()) << answer.status();
}

TEST_F(HostileTransfer, ANewerFormatIsSaidToBeNewer) {
  Edit("llm-lab-job-file.json", [](auto& json) { json["version"] = 2; });
  ExpectRefused(reason::kJobFileNewer, "with a newer lab");
}

TEST_F(HostileTransfer, AStrayEntryIsNamed) {
  entries_.push_back({"jobs/1/evil.sh", "#!/bin/sh"});
  ExpectRefused(reason::kJobFileInvalid, "\"jobs/1/evil.sh\" does not belong");
}

TEST_F(HostileTransfer, AnotherJobsEntryIsNamed) {
  entries_.push_back({"jobs/2/folder/log", ""});
  ExpectRefused(reason::kJobFileInvalid, "\"jobs/2/folder/log\"");
}

TEST_F(HostileTransfer, AnEntryThatStandsTwiceIsNamed) {
  entries_.push_back({"jobs/1/folder/log", "another"});
  ExpectRefused(reason::kJobFileInvalid, "\"jobs/1/folder/log\" stands twice");
}

TEST_F(HostileTransfer, AFileUnderAFileIsNamed) {
  entries_.push_back({"jobs/1/folder/log/below", "another"});
  ExpectRefused(reason::kJobFileInvalid, "\"jobs/1/folder/log/below\"");
}

TEST_F(HostileTransfer, ACheckpointThatTheJobDoesNotRecordIsNamed) {
  entries_.push_back({"jobs/1/folder/checkpoints/step-000009/trainer/unacknowledged.frames", "x"});
  ExpectRefused(reason::kJobFileInvalid, "step-000009");
}

TEST_F(HostileTransfer, ACheckpointWithOtherWeightsIsNamed) {
  Content("jobs/1/folder/checkpoints/step-002000/model.safetensors")[17] ^= 1;
  ExpectRefused(reason::kJobFileCorrupt, "step-002000/model.safetensors");
}

TEST_F(HostileTransfer, ACheckpointWithAnotherManifestIsNamed) {
  Content("jobs/1/folder/checkpoints/step-002000/manifest.json") += " ";
  ExpectRefused(reason::kJobFileCorrupt, "step-002000/manifest.json");
}

TEST_F(HostileTransfer, ATrainersManifestThatIsNoneIsNamed) {
  const std::string name = "jobs/1/folder/checkpoints/step-002000/trainer/manifest.json";
  for (const char* text :
       {"[]", "{\"files\": 7}", "{\"files\": [7]}", "{\"files\": [{\"file\": \"state.json\"}]}",
        "{\"files\": [{\"file\": 3, \"sha256\": \"0\"}]}"}) {
    Content(name) = text;
    ExpectRefused(reason::kJobFileInvalid, "trainer/manifest.json\" is no manifest");
  }
}

TEST_F(HostileTransfer, ACheckpointsNameMustBeOne) {
  Edit("jobs/1/job.json", [](auto& json) { json["checkpoints"][0]["name"] = "../../x"; });
  ExpectRefused(reason::kJobFileInvalid, "jobs/1/job.json");
}

TEST_F(HostileTransfer, PointsThatAreNotThereAreMissed) {
  Edit("jobs/1/job.json", [](auto& json) { json["metrics"][0]["points"] = 1'000'000'000'000; });
  ExpectRefused(reason::kJobFileInvalid, "jobs/1/series/000001.npy");
}

TEST_F(HostileTransfer, PointsOutOfOrderAreRefusedWithTheirEntry) {
  std::string& points = Content("jobs/1/series/000001.npy");
  const int64_t huge = int64_t{1} << 40;
  std::memcpy(points.data() + SeriesHeader(0).size() + 8, &huge, sizeof(huge));
  ExpectRefused(reason::kJobFileInvalid, "\"jobs/1/series/000001.npy\" has a point that cannot be");
}

TEST_F(HostileTransfer, EventsThatAreNoneAreRefusedWithTheirEntry) {
  Content("jobs/1/events/000001.jsonl") += "{\"sequence\": 1}\n";
  ExpectRefused(reason::kJobFileInvalid, "jobs/1/events/000001.jsonl");
}

TEST_F(HostileTransfer, AttemptsBehindTheJobsOwnWouldStopTheQueueAndAreRefused) {
  Edit("jobs/1/job.json", [](auto& json) { json["attempts"][1]["attempt"] = 9; });
  ExpectRefused(reason::kJobFileInvalid, "attempt");
}

TEST_F(HostileTransfer, ChangesOutOfOrderAreRefused) {
  Edit("jobs/1/job.json", [](auto& json) { json["job"]["changes"][0]["id"] = "7"; });
  ExpectRefused(reason::kJobFileInvalid, "changes");
}

TEST_F(HostileTransfer, ARunningStateIsNone) {
  Edit("jobs/1/job.json", [](auto& json) { json["job"]["state"] = "RUNNING"; });
  ExpectRefused(reason::kJobFileInvalid, "state");
}

TEST_F(HostileTransfer, RecordsMutatedWithSeedsNeitherCrashNorStay) {
  std::mt19937_64 random(11);
  const Entries good = entries_;
  int refused = 0;
  for (int round = 0; round < 300; ++round) {
    entries_ = good;
    for (const char* name : {"llm-lab-job-file.json", "jobs/1/job.json",
                             "jobs/1/events/000001.jsonl", "jobs/1/series/000002.npy"}) {
      std::string& content = Content(name);
      if (random() % 2 == 0) continue;
      size_t at = random() % content.size();
      if (random() % 3 == 0) {
        content.erase(at, random() % 20);
      } else {
        content[at] = static_cast<char>(random() % 3 == 0 ? random() : '0' + random() % 10);
      }
    }
    auto answer = to_.Import(Pack(entries_));
    if (answer.ok()) {
      // A digit of a time or a letter of a text: then all of it has to work.
      for (const auto& job : answer->jobs()) {
        to_.Series(job.job_id());
        to_.Events(job.job_id());
        EXPECT_TRUE(to_.Export({job.job_id()}).ok());
        EXPECT_TRUE(to_.store->RemoveJob(job.job_id()).ok());
        fs::remove_all(to_.places.job(job.job_id()));
      }
      continue;
    }
    ++refused;
    EXPECT_NE(ReasonOf(answer.status()), "INTERNAL") << answer.status();
  }
  EXPECT_GT(refused, 50);
  to_.ExpectEmpty();
}

TEST(Transfer, AFileThatDoesNotFitIsRefusedBeforeItIsWritten) {
  Home home;
  std::string file = *home.Export({home.AddRichJob()});
  JobImport import(home.store.get(), home.places,
                   {1, 1000, [](const fs::path&) { return int64_t{500'000}; }});
  absl::Status status = import.Append(file);
  EXPECT_EQ(ReasonOf(status), "DISK_BUDGET");
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("model.safetensors"));
  EXPECT_THAT(std::string(MessageOf(status)), HasSubstr("storage prune"));
}

}  // namespace
}  // namespace lab
