// What submit sends, says and exits with.

#include <unistd.h>

#include <filesystem>

#include "core/base/file.h"
#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Submit : public LabctlTest {
 protected:
  Submit() {
    lab_.catalog.add_job_types()->set_name("pretrain");
    v1::Preset& run = *lab_.catalog.add_presets();
    run.set_name("first_run");
    run.set_kind("job");
    run.set_text("# a ready run\ntype: pretrain\n");
    v1::Preset& shape = *lab_.catalog.add_presets();
    shape.set_name("nano");
    shape.set_kind("model");
  }
  std::string Write(const std::string& name, const std::string& text) {
    std::filesystem::path path = lab_.folder() / name;
    EXPECT_TRUE(WriteFileAtomically(path, text).ok());
    return path.string();
  }
};

TEST_F(Submit, AFileGoesUntouchedWithItsNameAndFolders) {
  std::string text = "type: pretrain  # é\r\nbroken: [\n";
  std::string path = Write("a b.yaml", text);
  Outcome outcome = Labctl(
      {"submit", path, "--set", "a.b=[1, 2]", "--set", "c=x=y", "--name", "N", "--priority", "-2"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  EXPECT_EQ(outcome.out, "job 1 queued\n");
  ASSERT_EQ(lab_.created.size(), 1u);
  const v1::ConfigText& config = lab_.created[0].config();
  EXPECT_EQ(config.text(), text);
  EXPECT_EQ(config.file(), path);
  EXPECT_EQ(config.base(), std::filesystem::canonical(lab_.folder()).string());
  EXPECT_THAT(config.overrides(), ElementsAre("a.b=[1, 2]", "c=x=y"));
  EXPECT_EQ(config.override_base(), std::filesystem::current_path().string());
  EXPECT_EQ(lab_.created[0].name(), "N");
  EXPECT_EQ(lab_.created[0].priority(), -2);
  EXPECT_EQ(lab_.created[0].request_id().size(), 32u);
}

TEST_F(Submit, EachSubmissionHasARequestIdOfItsOwn) {
  Labctl({"submit", "pretrain"});
  Labctl({"submit", "pretrain"});
  ASSERT_EQ(lab_.created.size(), 2u);
  EXPECT_NE(lab_.created[0].request_id(), lab_.created[1].request_id());
}

TEST_F(Submit, ATypeAReadyRunAndStdinNeedNoFile) {
  Labctl({"submit", "pretrain"});
  Labctl({"submit", "first_run", "--hold"});
  input_ = "type: tokenize\n";
  Labctl({"submit", "-"});
  ASSERT_EQ(lab_.created.size(), 3u);
  EXPECT_EQ(lab_.created[0].config().text(), "type: pretrain\n");
  EXPECT_EQ(lab_.created[1].config().text(), "# a ready run\ntype: pretrain\n");
  EXPECT_EQ(lab_.created[1].config().file(), "first_run.yaml");
  EXPECT_TRUE(lab_.created[1].hold());
  EXPECT_EQ(lab_.created[2].config().text(), "type: tokenize\n");
}

TEST_F(Submit, WhatIsNotThereIsNotFoundWithTheNearestName) {
  Outcome outcome = Labctl({"submit", "pretrian"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_THAT(outcome.err, HasSubstr("did you mean pretrain?"));
  EXPECT_EQ(Labctl({"submit", "nano"}).code, 3);  // a model's shape is no job
  EXPECT_EQ(Labctl({"submit", "nowhere/config.yaml"}).code, 3);
  EXPECT_EQ(Labctl({"submit", Write("bad.yaml", "name: \xFF\n")}).code, 2);
  EXPECT_TRUE(lab_.created.empty());
}

TEST_F(Submit, ListsEveryErrorOfARefusedConfigWithFileAndLine) {
  lab_.on_create = [](grpc::ServerContext* context, const v1::CreateJobRequest&,
                      v1::CreateJobResponse*) {
    v1::CheckReport first;
    first.add_errors()->set_message("cut");
    context->AddTrailingMetadata("lab-errors-bin", first.SerializeAsString());
    return testing::Refusal(context, grpc::StatusCode::INVALID_ARGUMENT, "CONFIG_INVALID", "no");
  };
  v1::FieldError& typo = *lab_.check.add_errors();
  typo.set_file("run.yaml");
  typo.set_line(3);
  typo.set_field("optim.learning_rat");
  typo.set_message("is unknown");
  typo.set_reason("CONFIG_INVALID");
  typo.set_suggestion("learning_rate");
  v1::FieldError& range = *lab_.check.add_errors();
  range.set_file("--set");
  range.set_field("train.steps");
  range.set_message("must be at least 1, is 0");
  range.set_reason("CONFIG_INVALID");
  Outcome outcome = Labctl({"submit", "pretrain"});
  EXPECT_EQ(outcome.code, 2);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            "run.yaml:3: optim.learning_rat: is unknown (CONFIG_INVALID); did you mean "
            "learning_rate?\n"
            "--set: train.steps: must be at least 1, is 0 (CONFIG_INVALID)\n");
  Json json = Json::parse(Labctl({"submit", "pretrain", "--json"}).err);
  EXPECT_EQ(json["error"]["field"], "optim.learning_rat");
  EXPECT_EQ(json["error"]["line"], 3);
  EXPECT_EQ(json["error"]["suggestion"], "learning_rate");
  EXPECT_EQ(json["errors"].size(), 2u);
}

TEST_F(Submit, DryRunQueuesNothingAndTellsTheCost) {
  lab_.check.set_type("pretrain");
  lab_.check.set_member_count(1);
  lab_.check.set_resolved("type: pretrain\nseed: 1\n");
  v1::Forecast& forecast = *lab_.check.mutable_forecast();
  forecast.set_parameter_count(1234567);
  forecast.set_tokens_per_step(2048);
  forecast.set_total_steps(600);
  forecast.set_memory_bytes(52400000);
  v1::Forecast::Component& part = *forecast.add_memory();
  part.set_name("optimizer");
  part.set_size_bytes(9900000);
  part.set_formula("2 x 4 bytes x parameters");
  forecast.set_seconds(192);
  Outcome outcome = Labctl({"submit", "pretrain", "--dry-run"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  for (const char* text : {"type: pretrain\nseed: 1\n", "1,234,567", "2,048", "52.4 MB",
                           "optimizer", "2 x 4 bytes x parameters", "about 3 min 12 s"}) {
    EXPECT_THAT(outcome.out, HasSubstr(text));
  }
  EXPECT_TRUE(lab_.created.empty());
  Json json = LabctlJson({"submit", "pretrain", "--dry-run"});
  EXPECT_EQ(json["forecast"]["memory"][0]["name"], "optimizer");
  EXPECT_EQ(json["resolved"], "type: pretrain\nseed: 1\n");
  lab_.check.add_errors()->set_message("no");
  EXPECT_EQ(Labctl({"submit", "pretrain", "--dry-run"}).code, 2);
}

TEST_F(Submit, WaitReturnsHowTheJobEnded) {
  v1::Job::State end = v1::Job::FAILED;
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request,
                      grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(testing::StateEvent(1, end));
    std::lock_guard lock(lab_.mutex);
    lab_.jobs[request.job_id()].set_state(end);
    return grpc::Status::OK;
  };
  EXPECT_EQ(Labctl({"submit", "pretrain", "--wait"}).code, 5);
  end = v1::Job::CANCELLED;
  EXPECT_EQ(Labctl({"submit", "pretrain", "--wait"}).code, 6);
  end = v1::Job::SUCCEEDED;
  Outcome outcome = Labctl({"submit", "pretrain", "--wait", "--parsable"});
  EXPECT_EQ(outcome.code, 0);
  EXPECT_EQ(outcome.out, "3\n");
}

TEST_F(Submit, WaitEndsWithTheTimeoutAndTheJobGoesOn) {
  lab_.on_watch = [](grpc::ServerContext* context, const v1::WatchJobRequest&,
                     grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(testing::StateEvent(1, v1::Job::RUNNING));
    while (!context->IsCancelled()) usleep(1000);
    return grpc::Status::CANCELLED;
  };
  Outcome outcome = Labctl({"submit", "pretrain", "--wait", "--timeout", "0.1"});
  EXPECT_EQ(outcome.code, 124);
  EXPECT_THAT(outcome.err, HasSubstr("the job goes on"));
}

TEST_F(Submit, CtrlCDetachesAWatchAndBreaksAWait) {
  lab_.on_watch = [this](grpc::ServerContext* context, const v1::WatchJobRequest&,
                         grpc::ServerWriter<v1::WatchEvent>* writer) {
    writer->Write(testing::StateEvent(1, v1::Job::RUNNING));
    interrupts_.Raise();
    while (!context->IsCancelled()) usleep(1000);
    return grpc::Status::CANCELLED;
  };
  Outcome watch = Labctl({"submit", "pretrain", "--watch"});
  EXPECT_EQ(watch.code, 0);
  EXPECT_THAT(watch.err, HasSubstr("the job goes on"));
  EXPECT_THAT(watch.err, HasSubstr("labctl watch 1"));
  EXPECT_EQ(Labctl({"submit", "pretrain", "--wait"}).code, 130);
}

TEST_F(Submit, RefusesFlagsThatContradictEachOther) {
  EXPECT_EQ(Labctl({"submit", "pretrain", "--watch", "--wait"}).code, 2);
  EXPECT_EQ(Labctl({"submit", "pretrain", "--dry-run", "--wait"}).code, 2);
  EXPECT_EQ(Labctl({"submit", "pretrain", "--set", "no_equals"}).code, 2);
  EXPECT_EQ(Labctl({"submit"}).code, 2);
  EXPECT_TRUE(lab_.created.empty());
}

}  // namespace
}  // namespace lab::cli
