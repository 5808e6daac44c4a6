// What the commands do, say and exit with.

#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "core/base/strings.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(LabctlTest, WatchOfAGroupEndsWithTheWorstOutcome) {
  for (int id = 1; id <= 3; ++id) lab_.AddJob(id, v1::Job::SUCCEEDED).set_group("lr");
  lab_.jobs[2].set_state(v1::Job::CANCELLED);
  lab_.AddJob(4, v1::Job::FAILED);
  EXPECT_EQ(Labctl({"watch", "lr"}).code, 6);
  EXPECT_EQ(Labctl({"watch", "lr", "4"}).code, 5);
  EXPECT_EQ(Labctl({"watch", "1", "3"}).code, 0);
  EXPECT_EQ(Labctl({"watch", "nothing"}).code, 3);
}

TEST_F(LabctlTest, WatchOnATerminalDrawsALiveLine) {
  v1::Job& job = lab_.AddJob(1, v1::Job::RUNNING);
  job.set_name("first");
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest&,
                      grpc::ServerWriter<v1::WatchEvent>* writer) {
    v1::WatchEvent progress = testing::Event(0);
    progress.mutable_progress()->set_step(2);
    progress.mutable_progress()->set_total_steps(4);
    progress.mutable_progress()->set_phase("training");
    progress.mutable_progress()->set_fraction(0.5);
    progress.mutable_progress()->set_eta_seconds(75);
    writer->Write(progress);
    writer->Write(testing::LossEvent({1, 2}));
    usleep(500000);  // two redraws
    writer->Write(testing::StateEvent(3, v1::Job::SUCCEEDED));
    std::lock_guard lock(lab_.mutex);
    lab_.jobs[1].set_state(v1::Job::SUCCEEDED);
    return grpc::Status::OK;
  };
  terminal_.out_is_tty = true;
  terminal_.unicode = true;
  terminal_.fixed_columns = 100;
  Outcome outcome = Labctl({"watch", "1"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_THAT(outcome.out,
              HasSubstr("job 1 first  training  2/4  50 %  loss 0.5000 █▁  1 min 15 s left"));
  EXPECT_THAT(outcome.out, HasSubstr("job 1 succeeded"));
}

TEST_F(LabctlTest, VerbsSayWhatBecameOfTheJob) {
  lab_.AddJob(1, v1::Job::RUNNING).mutable_progress()->set_step(7);
  lab_.on_verb = [this](grpc::ServerContext*, const std::string& verb, v1::Job& job) {
    // A stop takes a moment: the job is stopping first.
    job.set_state(verb == "cancel" || verb == "pause" ? v1::Job::STOPPING : v1::Job::QUEUED);
    if (job.state() == v1::Job::STOPPING) {
      stopper_ = std::thread([this, verb] {
        std::lock_guard lock(lab_.mutex);
        lab_.jobs[1].set_state(verb == "pause" ? v1::Job::PAUSED : v1::Job::CANCELLED);
      });
    }
    return grpc::Status::OK;
  };
  EXPECT_EQ(Labctl({"pause", "1"}).out, "job 1 paused at step 7\n");
  stopper_.join();
  EXPECT_EQ(Labctl({"resume", "1"}).out, "job 1 queued\n");
  EXPECT_EQ(Labctl({"cancel", "1"}).out, "job 1 cancelled at step 7\n");
  stopper_.join();
  EXPECT_EQ(LabctlJson({"release", "1"})["jobs"][0]["state"], "queued");
  EXPECT_EQ(Labctl({"pause", "9"}).code, 3);
}

TEST_F(LabctlTest, SetSaysWhatChangesAndWhen) {
  lab_.AddJob(1, v1::Job::RUNNING);
  EXPECT_EQ(Labctl({"set", "1", "optim.learning_rate=1e-4", "sample.every=5"}).out,
            "job 1: optim.learning_rate 0.001 → 1e-4 from its next step on\n"
            "job 1: sample.every 0.001 → 5 from its next step on\n");
  EXPECT_EQ(Labctl({"set", "1", "optim.learning_rate=0.001"}).out,
            "job 1 has these values already: nothing changes\n");
  EXPECT_EQ(LabctlJson({"set", "1", "sample.tokens=9"})["jobs"][0]["changes"][0]["step"], nullptr);
  EXPECT_EQ(Labctl({"set", "1", "sample.tokens"}).code, 2);
  EXPECT_EQ(Labctl({"set", "9", "sample.tokens=9"}).code, 3);
  lab_.jobs[1].mutable_changes(0)->set_step(120);
  Outcome shown = Labctl({"show", "1"});
  EXPECT_THAT(shown.out, HasSubstr("optim.learning_rate  0.001  1e-4            120"));
  EXPECT_THAT(shown.out, HasSubstr("not yet"));
}

TEST_F(LabctlTest, EveryRefusalHasItsExitCode) {
  lab_.AddJob(1, v1::Job::RUNNING);
  std::map<grpc::StatusCode, int> codes = {
      {grpc::StatusCode::INVALID_ARGUMENT, 2},    {grpc::StatusCode::NOT_FOUND, 3},
      {grpc::StatusCode::FAILED_PRECONDITION, 4}, {grpc::StatusCode::ALREADY_EXISTS, 4},
      {grpc::StatusCode::UNAVAILABLE, 75},        {grpc::StatusCode::RESOURCE_EXHAUSTED, 75},
      {grpc::StatusCode::PERMISSION_DENIED, 77},  {grpc::StatusCode::UNAUTHENTICATED, 77},
      {grpc::StatusCode::DEADLINE_EXCEEDED, 124}, {grpc::StatusCode::INTERNAL, 1}};
  for (auto [code, exit] : codes) {
    lab_.on_verb = [code = code](grpc::ServerContext* context, const std::string&, v1::Job&) {
      return testing::Refusal(context, code, "REASON", "job 1 cannot");
    };
    Outcome outcome = Labctl({"hold", "1"});
    EXPECT_EQ(outcome.code, exit);
    EXPECT_EQ(outcome.err, "labctl: job 1 cannot\n");
  }
}

TEST_F(LabctlTest, AnAbsentDaemonIsSixtyNine) {
  lab_.Stop();
  Outcome outcome = Labctl({"list"});
  EXPECT_EQ(outcome.code, 69);
  EXPECT_THAT(outcome.err, HasSubstr("nobody listens"));
  EXPECT_EQ(Labctl({"daemon", "status"}).code, 69);
  EXPECT_EQ(Labctl({"version"}).code, 0);
  EXPECT_EQ(Labctl({"daemon", "stop"}).code, 0);
  environment_.erase("LAB_HOST");
  EXPECT_EQ(Labctl({"list", "--no-start"}).code, 69);
  EXPECT_EQ(Labctl({"daemon", "status"}).code, 69);           // starts none either
  EXPECT_EQ(Labctl({"list", "--host", "box:5000"}).code, 4);  // never connected to
}

TEST_F(LabctlTest, GlobalFlagsStandBeforeOrAfterTheCommand) {
  lab_.AddJob(1, v1::Job::QUEUED);
  std::string expected = Labctl({"--json", "show", "1"}).out;
  EXPECT_THAT(expected, StartsWith("{"));
  EXPECT_EQ(Labctl({"show", "--json", "1"}).out, expected);
  EXPECT_EQ(Labctl({"show", "1", "--json", "--quiet", "--color", "never"}).out, expected);
  environment_.erase("LAB_HOST");
  EXPECT_EQ(Labctl({"show", "1", "--json", "--host", lab_.address()}).out, expected);
  EXPECT_THAT(Labctl({"daemon", "status", "--json", "--host", lab_.address()}).out,
              HasSubstr("\"running\":true"));
  EXPECT_EQ(Labctl({"list", "--color", "sometimes"}).code, 2);
}

TEST_F(LabctlTest, UsageErrorsHelp) {
  Outcome outcome = Labctl({"sbumit"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.err, "labctl: unknown command \"sbumit\"; did you mean submit?\n");
  EXPECT_EQ(Labctl({}).code, 2);
  EXPECT_EQ(Labctl({"daemon"}).code, 2);
  EXPECT_EQ(Labctl({"show", "1", "--frob"}).code, 2);
  Outcome help = Labctl({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* name : {"submit", "generate", "daemon"}) EXPECT_THAT(help.out, HasSubstr(name));
  EXPECT_THAT(Labctl({"help", "submit"}).out, HasSubstr("--dry-run"));
  EXPECT_THAT(Labctl({"submit", "--help"}).out, HasSubstr("--dry-run"));
}

TEST_F(LabctlTest, ListFitsTheTerminalAndKeepsTheState) {
  v1::Job& job = lab_.AddJob(12, v1::Job::RUNNING);
  job.set_name("a name that is much too long for a narrow terminal");
  job.mutable_progress()->set_step(5);
  job.mutable_progress()->set_total_steps(10);
  environment_["COLUMNS"] = "40";
  terminal_.fixed_columns = 40;
  Outcome outcome = Labctl({"ls"});
  std::istringstream lines(outcome.out);
  for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 40u) << line;
  EXPECT_THAT(outcome.out, HasSubstr("running"));
  EXPECT_THAT(outcome.out, HasSubstr("5/10"));
  EXPECT_EQ(Labctl({"list", "--state", "asleep"}).code, 2);
}

TEST_F(LabctlTest, ShowTellsErrorFloorAndTheWayOut) {
  v1::Job& job = lab_.AddJob(3, v1::Job::FAILED);
  job.mutable_error()->set_reason("DISK_FULL");
  job.mutable_error()->set_message("writing step-000100: no space left");
  v1::Checkpoint& checkpoint = *job.add_checkpoints();
  checkpoint.set_name("step-000050");
  checkpoint.set_kind("full");
  for (auto [name, value] : {std::pair("floor/loss", 2.0), std::pair("val/loss", 2.1)}) {
    v1::MetricSummary& row = *job.add_summary();
    row.set_metric(name);
    row.set_last(value);
  }
  std::string out = Labctl({"show", "3"}).out;
  for (const char* text : {"writing step-000100: no space left (DISK_FULL)", "labctl resume 3",
                           "step-000050", "val/loss 2.1000 is 5.0 % above the floor 2"}) {
    EXPECT_THAT(out, HasSubstr(text));
  }
}

TEST_F(LabctlTest, MetricsAsCsvReadBack) {
  lab_.AddJob(1, v1::Job::RUNNING);
  v1::SeriesPart& part = lab_.series.emplace_back();
  part.set_name("train/loss");
  for (double value : {0.1, std::nan("")}) {
    part.add_step(part.step_size() + 1);
    part.add_seconds(1.5);
    part.add_value(value);
  }
  EXPECT_EQ(Labctl({"metrics", "1", "--csv"}).out,
            "metric,step,seconds,value\ntrain/loss,1,1.5,0.1\ntrain/loss,2,1.5,NaN\n");
  EXPECT_THAT(Labctl({"metrics", "1", "train/loss"}).out, HasSubstr("NaN"));
  EXPECT_THAT(Labctl({"metrics", "1"}).out, HasSubstr("train/loss"));
}

TEST_F(LabctlTest, ExplainKnowsFieldsSectionsMetricsAndNearMisses) {
  v1::JobType& type = *lab_.catalog.add_job_types();
  type.set_name("pretrain");
  v1::Field& rate = *type.add_fields();
  rate.set_name("optim.learning_rate");
  rate.set_type("float");
  rate.set_help("peak rate, reached after warmup");
  rate.set_default_value("0.001");
  rate.set_min(0);
  rate.set_above_min(true);
  v1::Field& shape = *type.add_fields();
  shape.set_name("schedule.shape");
  shape.add_choices("cosine");
  shape.add_choices("linear");
  v1::MetricSpec& loss = *type.add_metrics();
  loss.set_name("train/loss");
  loss.set_unit("nats");
  std::string out = Labctl({"explain", "pretrain.optim.learning_rate"}).out;
  for (const char* text : {"peak rate, reached after warmup", "0.001", "above 0"}) {
    EXPECT_THAT(out, HasSubstr(text));
  }
  EXPECT_EQ(Labctl({"explain", "optim.learning_rate"}).out, out);
  EXPECT_THAT(Labctl({"explain", "pretrain.schedule.shape"}).out, HasSubstr("cosine linear"));
  EXPECT_THAT(Labctl({"explain", "pretrain.optim"}).out, HasSubstr("optim.learning_rate"));
  EXPECT_THAT(Labctl({"explain", "pretrain"}).out, HasSubstr("schedule.shape"));
  EXPECT_THAT(Labctl({"explain", "train/loss"}).out, HasSubstr("nats"));
  Outcome miss = Labctl({"explain", "pretrain.optim.learning_rat"});
  EXPECT_EQ(miss.code, 3);
  EXPECT_THAT(miss.err, HasSubstr("did you mean pretrain.optim.learning_rate?"));
}

TEST_F(LabctlTest, RemoveAsksOnATerminalOnly) {
  lab_.AddJob(1, v1::Job::SUCCEEDED);
  lab_.AddJob(2, v1::Job::SUCCEEDED);
  terminal_.in_is_tty = terminal_.err_is_tty = true;
  input_ = "n\n";
  EXPECT_EQ(Labctl({"remove", "1"}).code, 1);
  EXPECT_EQ(lab_.jobs.count(1), 1u);
  input_ = "y\n";
  EXPECT_EQ(Labctl({"rm", "1"}).out, "job 1 removed (1.50 kB)\n");
  input_ = "";
  EXPECT_EQ(Labctl({"rm", "2", "--yes"}).code, 0);
  lab_.AddJob(3, v1::Job::SUCCEEDED);
  terminal_.in_is_tty = false;
  EXPECT_EQ(Labctl({"rm", "3"}).code, 0);
  EXPECT_TRUE(lab_.jobs.empty());
}

TEST_F(LabctlTest, GenerateStreamsTextAndThenFigures) {
  for (const char* text : {"Once", " upon"}) {
    lab_.generated.emplace_back().mutable_token()->set_text(text);
  }
  v1::GenerateSummary& summary = *lab_.generated.emplace_back().mutable_summary();
  summary.set_text("Once upon");
  summary.set_new_token_count(2);
  summary.set_stop_reason("max_tokens");
  Outcome outcome = Labctl({"generate", "1", "--prompt", "x"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "Once upon\n");
  EXPECT_THAT(outcome.err, HasSubstr("new 2 tokens"));
  EXPECT_THAT(outcome.err, HasSubstr("max_tokens"));
  EXPECT_EQ(Labctl({"generate", "1", "--top-p", "0"}).code, 2);
  EXPECT_EQ(Labctl({"generate", "1", "--max-tokens", "0"}).code, 2);
  Outcome missing = Labctl({"generate", "9"});
  EXPECT_EQ(missing.code, 3);
  EXPECT_THAT(missing.err, HasSubstr("the next comes at step 100"));
  Labctl({"generate", "./model"});
  EXPECT_EQ(lab_.opened.back(), (std::filesystem::current_path() / "model").string());
}

}  // namespace
}  // namespace lab::cli
