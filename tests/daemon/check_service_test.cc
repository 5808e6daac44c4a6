// From a submitted config to the jobs to queue, with a worker that is played.

#include <gmock/gmock.h>

#include "core/base/strings.h"
#include "daemon/service/check_answer.h"
#include "daemon/service/job_plan.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Says yes to every config but those with an override that it holds against it.
struct PlayedWorker {
  std::vector<json> requests;
  std::map<std::string, json> refusals;  // override → error
  std::string resolved = "type: pretrain\nseed: 3\nresume: null\ninit: null\n";

  absl::StatusOr<json> Check(const json& request) {
    requests.push_back(request);
    json errors = json::array();
    for (const json& item : request["overrides"]) {
      auto found = refusals.find(item.get<std::string>());
      if (found != refusals.end()) errors.push_back(found->second);
    }
    if (refusals.count("*") > 0) errors.push_back(refusals["*"]);
    if (!errors.empty()) return json{{"type", "checked"}, {"ok", false}, {"errors", errors}};
    // "type" is the frame's; the job's type stands in the config.
    return json{{"ok", true},
                {"job_type", "pretrain"},
                {"name", "from the config"},
                {"resolved", resolved},
                {"errors", json::array()},
                {"warnings", {{{"field", "data"}, {"message", "odd"}, {"line", 2}}}},
                {"forecast",
                 {{"parameters", 1000},
                  {"tokens_per_step", 64},
                  {"total_steps", nullptr},
                  {"memory_bytes", 300},
                  {"memory", {{{"component", "weights"}, {"bytes", 300}, {"formula", "f"}}}},
                  {"flops_per_token", 1.5e6}}}};
  }
};

PlanTools ToolsOf(PlayedWorker& worker) {
  PlanTools tools;
  tools.check = [&](json request) { return worker.Check(request); };
  tools.resolve = [](std::string_view reference) -> absl::StatusOr<ModelLocation> {
    if (reference == "12") return ModelLocation{12, 500, "/jobs/12/checkpoints/step-000500"};
    return Failure(absl::StatusCode::kNotFound, reason::kCheckpointMissing, "job 13 has none yet");
  };
  return tools;
}

v1::ConfigText Text(std::string yaml) {
  v1::ConfigText config;
  config.set_text(std::move(yaml));
  config.set_file("a.yaml");
  config.set_base("/home");
  return config;
}

TEST(JobPlan, OneConfigMakesOneJob) {
  PlayedWorker worker;
  v1::ConfigText config = Text("type: pretrain\n");
  config.add_overrides("seed=3");
  auto plan = PlanJobs(config, {.hold = true, .priority = 5, .measure = true}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->jobs, SizeIs(1));
  EXPECT_EQ(plan->jobs[0].name, "from the config");
  EXPECT_EQ(plan->jobs[0].seed, 3);
  EXPECT_TRUE(plan->jobs[0].hold);
  EXPECT_EQ(plan->jobs[0].priority, 5);
  EXPECT_FALSE(plan->jobs[0].parent.has_value());
  EXPECT_EQ(plan->group, "");
  EXPECT_EQ(plan->report.forecast().parameter_count(), 1000);
  EXPECT_FALSE(plan->report.forecast().has_total_steps());
  EXPECT_FALSE(plan->report.forecast().has_seconds());
  EXPECT_EQ(plan->report.forecast().memory(0).name(), "weights");
  EXPECT_THAT(plan->report.warnings(), SizeIs(1));
  ASSERT_THAT(worker.requests, SizeIs(1));
  EXPECT_EQ(worker.requests[0]["text"], "type: pretrain\n");
  EXPECT_EQ(worker.requests[0]["base"], "/home");
  EXPECT_EQ(worker.requests[0]["measure"], true);
}

TEST(JobPlan, SweepMakesAGroupInGridOrder) {
  PlayedWorker worker;
  auto plan = PlanJobs(Text("type: pretrain\nsweep: {train.steps: [1, 2]}\nseeds: 2\n"),
                       {.name = "mine", .measure = true}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->jobs, SizeIs(4)) << plan->report.DebugString();
  EXPECT_EQ(plan->group, "mine");
  EXPECT_EQ(plan->report.member_count(), 4);
  EXPECT_THAT(plan->report.warnings(), SizeIs(1));  // all members': said once, unnamed
  EXPECT_EQ(plan->report.warnings(0).message(), "odd");
  EXPECT_THAT(plan->jobs[0].submitted.overrides(), testing::Contains("train.steps=1"));
  EXPECT_THAT(plan->jobs[3].submitted.overrides(), testing::Contains("train.steps=2"));
  EXPECT_NE(plan->jobs[0].member, plan->jobs[1].member);
  EXPECT_EQ(worker.requests[0]["measure"], true);
  EXPECT_EQ(worker.requests[1]["measure"], false);
}

TEST(JobPlan, MembersThatDifferInTheSeedNeedOneCheck) {
  PlayedWorker worker;
  auto plan = PlanJobs(Text("type: pretrain\nseed: 3\nsweep: {train.steps: [1, 2]}\nseeds: 400\n"),
                       {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->jobs, SizeIs(800)) << plan->report.DebugString();
  ASSERT_THAT(worker.requests, SizeIs(2));
  EXPECT_THAT(worker.requests[0]["overrides"], ElementsAre("train.steps=1", "seed=3"));
  EXPECT_THAT(worker.requests[1]["overrides"], ElementsAre("train.steps=2", "seed=3"));
  for (int64_t i = 0; i < 800; ++i) {
    const NewJob& job = plan->jobs[static_cast<size_t>(i)];
    ASSERT_EQ(job.seed, 3 + i % 400);
    ASSERT_EQ(job.resolved,
              StrCat("type: pretrain\nseed: ", 3 + i % 400, "\nresume: null\ninit: null\n"));
    ASSERT_THAT(job.submitted.overrides(),
                ElementsAre(StrCat("train.steps=", 1 + i / 400), StrCat("seed=", 3 + i % 400)));
    ASSERT_EQ(job.member, StrCat("train.steps=", 1 + i / 400, " seed=", 3 + i % 400));
  }
  EXPECT_THAT(plan->report.warnings(), SizeIs(1));
  EXPECT_EQ(plan->report.warnings(0).message(), "odd") << "which is true of all members";
}

TEST(JobPlan, RefusesAGroupAsAWholeAndNamesTheMember) {
  PlayedWorker worker;
  worker.refusals["train.steps=0"] = {{"field", "train.steps"},
                                      {"message", "must be at least 1"},
                                      {"reason", "CONFIG_INVALID"},
                                      {"file", "--set"},
                                      {"line", 0}};
  auto plan = PlanJobs(Text("type: pretrain\nsweep: {train.steps: [1, 0]}\n"), {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_TRUE(plan->jobs.empty());
  ASSERT_THAT(plan->report.errors(), SizeIs(1));
  EXPECT_EQ(plan->report.errors(0).field(), "train.steps");
  EXPECT_THAT(plan->report.errors(0).message(), HasSubstr("steps=0: must be at least 1"));
  EXPECT_FALSE(plan->report.has_forecast());
}

TEST(JobPlan, SaysWhatIsWrongWithAllMembersOnce) {
  PlayedWorker worker;
  worker.refusals["*"] = {{"field", "optim.lr"},
                          {"message", "is unknown"},
                          {"line", 4},
                          {"suggestion", "learning_rate"}};
  auto plan = PlanJobs(Text("type: pretrain\nseeds: 3\n"), {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->report.errors(), SizeIs(1));
  EXPECT_EQ(plan->report.errors(0).message(), "is unknown");
  EXPECT_EQ(plan->report.errors(0).suggestion(), "learning_rate");
  EXPECT_EQ(plan->report.errors(0).line(), 4);
}

TEST(JobPlan, ListsAWrongSweepBesideTheWorkersErrors) {
  PlayedWorker worker;
  worker.refusals["*"] = {{"field", "optim.lr"}, {"message", "is unknown"}};
  auto plan = PlanJobs(Text("type: pretrain\nsweep: 3\n"), {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  EXPECT_THAT(plan->report.errors(), SizeIs(2)) << plan->report.DebugString();
  EXPECT_TRUE(plan->jobs.empty());
}

TEST(JobPlan, PinsAReferenceToTheStepItMeansNow) {
  PlayedWorker worker;
  worker.resolved = "type: pretrain\nseed: 3\nresume: 12\ninit: null\n";
  auto plan = PlanJobs(Text("type: pretrain\nresume: 12\n"), {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->jobs, SizeIs(1));
  EXPECT_THAT(plan->jobs[0].resolved, HasSubstr("resume: 12@500\n"));
  ASSERT_TRUE(plan->jobs[0].parent.has_value());
  EXPECT_EQ(plan->jobs[0].parent->job_id(), 12);
  EXPECT_EQ(plan->jobs[0].parent->step(), 500);
}

TEST(JobPlan, RefusesAReferenceThatCannotBeServed) {
  PlayedWorker worker;
  worker.resolved = "type: pretrain\ninit: 13\n";
  auto plan = PlanJobs(Text("type: pretrain\ninit: 13\n"), {}, ToolsOf(worker));
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_THAT(plan->report.errors(), SizeIs(1));
  EXPECT_EQ(plan->report.errors(0).field(), "init");
  EXPECT_EQ(plan->report.errors(0).reason(), "CHECKPOINT_MISSING");
  EXPECT_THAT(plan->report.errors(0).message(), HasSubstr("job 13 has none yet"));
}

TEST(JobPlan, LeavesAReferenceToAnAwaitedJobUntilItsEnd) {
  PlayedWorker worker;
  PlanOptions options;
  // 12 has checkpoints, but later ones when it ends; 13 has none yet.
  for (const char* reference : {"12", "12@best", "13", "13@final", "13@40"}) {
    worker.resolved = StrCat("type: pretrain\ninit: ", reference, "\n");
    options.dependencies = {{12, false}, {13, true}};
    auto plan = PlanJobs(Text("type: pretrain\n"), options, ToolsOf(worker));
    ASSERT_TRUE(plan.ok()) << plan.status();
    ASSERT_THAT(plan->jobs, SizeIs(1)) << plan->report.DebugString();
    EXPECT_EQ(plan->jobs[0].resolved, worker.resolved);
    EXPECT_FALSE(plan->jobs[0].parent.has_value());
  }
}

TEST(JobPlan, PinsLateWhatHadToWait) {
  auto find = [](std::string_view reference) -> absl::StatusOr<ModelLocation> {
    if (reference == "12@best") return ModelLocation{12, 700, "/jobs/12/checkpoints/step-000700"};
    return Failure(absl::StatusCode::kNotFound, reason::kCheckpointMissing, "there is none");
  };
  std::optional<v1::Parent> parent;
  std::string resolved = "type: pretrain\nresume: null\ninit: 12@best\n";
  ASSERT_TRUE(PinLateReferences(find, &resolved, &parent).ok());
  EXPECT_EQ(resolved, "type: pretrain\nresume: null\ninit: 12@700\n");
  ASSERT_TRUE(parent.has_value());
  EXPECT_EQ(parent->step(), 700);
  // What names a step was settled before; whether it is still there is seen when it is opened.
  resolved = "type: pretrain\ninit: 13@40\n";
  EXPECT_TRUE(PinLateReferences(find, &resolved, &parent).ok());
  resolved = "type: pretrain\ninit: 13@final\n";
  absl::Status missing = PinLateReferences(find, &resolved, &parent);
  EXPECT_EQ(ReasonOf(missing), "CHECKPOINT_MISSING");
  EXPECT_THAT(std::string(MessageOf(missing)), HasSubstr("init: there is none"));
}

TEST(JobPlan, RefusesWhatCannotBePassedOn) {
  PlayedWorker worker;
  v1::ConfigText relative = Text("type: pretrain\n");
  relative.set_base("here");
  EXPECT_TRUE(absl::IsInvalidArgument(PlanJobs(relative, {}, ToolsOf(worker)).status()));
  auto huge = PlanJobs(Text(std::string(2 << 20, '#')), {}, ToolsOf(worker));
  EXPECT_TRUE(absl::IsInvalidArgument(huge.status()));
  EXPECT_THAT(std::string(MessageOf(huge.status())), HasSubstr("too long"));
  EXPECT_TRUE(worker.requests.empty());
}

TEST(CheckAnswer, RefusesAnswersOfAnotherForm) {
  for (const json& answer :
       {json::array(), json::object(), json{{"ok", 1}}, json{{"ok", false}},
        json{{"ok", true}, {"errors", {{{"message", "no"}}}}}, json{{"ok", false}, {"errors", 3}},
        json{{"ok", false}, {"errors", {3}}}, json{{"ok", true}, {"type", "x"}}}) {
    auto parsed = ParseCheckAnswer(answer);
    EXPECT_EQ(ReasonOf(parsed.status()), "WORKER_PROTOCOL") << answer;
  }
}

TEST(CreateJob, RefusedYamlCarriesItsErrors) {
  ServiceLab lab;
  grpc::ClientContext context;
  v1::CreateJobRequest request;
  *request.mutable_config() = Text("type: pretrain\nmodel: [1\n");
  v1::CreateJobResponse response;
  grpc::Status status = lab.jobs->CreateJob(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::INVALID_ARGUMENT) << status.error_message();
  auto found = context.GetServerTrailingMetadata().find("lab-errors-bin");
  ASSERT_NE(found, context.GetServerTrailingMetadata().end());
  v1::CheckReport report;
  ASSERT_TRUE(report.ParseFromArray(found->second.data(), static_cast<int>(found->second.size())));
  ASSERT_GE(report.errors_size(), 1);
  EXPECT_EQ(report.errors(0).file(), "a.yaml");
  EXPECT_FALSE(ReasonIn(context).empty());
}

TEST(CreateJob, RefusesRequestsThatMakeNoSense) {
  ServiceLab lab;
  auto create = [&](const v1::CreateJobRequest& request) {
    grpc::ClientContext context;
    v1::CreateJobResponse response;
    return lab.jobs->CreateJob(&context, request, &response).error_code();
  };
  v1::CreateJobRequest request;
  EXPECT_EQ(create(request), grpc::INVALID_ARGUMENT);
  *request.mutable_config() = Text("type: pretrain\n");
  request.set_name("two\nlines");
  EXPECT_EQ(create(request), grpc::INVALID_ARGUMENT);
  request.set_name(std::string(1000, 'n'));
  EXPECT_EQ(create(request), grpc::INVALID_ARGUMENT);
}

}  // namespace
}  // namespace lab
