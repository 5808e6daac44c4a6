// QueueService: edits and moves as clients ask for them, copies of jobs, comparisons of configs.

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "daemon/service/config_compare.h"
#include "daemon/service/duplicate.h"
#include "daemon/service/job_plan.h"
#include "lab/v1/queue.grpc.pb.h"
#include "tests/daemon/service_harness.h"

namespace lab {
namespace {

using ::testing::ElementsAre;

class QueueServiceTest : public ::testing::Test {
 protected:
  QueueServiceTest() : queue_(v1::QueueService::NewStub(lab_.Channel())) {}

  grpc::Status Update(const v1::UpdateJobRequest& request, v1::Job* job) {
    grpc::ClientContext context;
    return queue_->UpdateJob(&context, request, job);
  }
  grpc::StatusCode Refused(const std::function<void(v1::UpdateJobRequest&)>& change) {
    v1::UpdateJobRequest request;
    request.set_job_id(1);
    change(request);
    v1::Job job;
    return Update(request, &job).error_code();
  }

  ServiceLab lab_;
  std::unique_ptr<v1::QueueService::Stub> queue_;
};

TEST_F(QueueServiceTest, ChangesWhatIsGivenAndLeavesTheRest) {
  int64_t id = lab_.AddHeldJob();
  v1::UpdateJobRequest request;
  request.set_job_id(id);
  request.set_note("a note");
  request.add_add_tags("good");
  v1::Job job;
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ(job.name(), "a job");
  EXPECT_EQ(job.note(), "a note");
  request.clear_note();
  request.clear_add_tags();
  request.set_name("other");
  request.set_priority(7);
  ASSERT_TRUE(Update(request, &job).ok());
  EXPECT_EQ(job.name(), "other");
  EXPECT_EQ(job.note(), "a note");
  EXPECT_EQ(job.priority(), 7);
  EXPECT_THAT(job.tags(), ElementsAre("good"));
}

TEST_F(QueueServiceTest, RefusesWhatCannotBe) {
  lab_.AddHeldJob();
  EXPECT_EQ(Refused([](auto& r) { r.set_name(""); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.set_name("two\nlines"); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.set_note(std::string(10'001, 'x')); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.add_add_tags("two words"); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.add_add_tags(""); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.set_job_id(0); }), grpc::INVALID_ARGUMENT);
  EXPECT_EQ(Refused([](auto& r) { r.set_job_id(9); }), grpc::NOT_FOUND);
}

TEST_F(QueueServiceTest, MovesSeveralJobsAtOnce) {
  for (int i = 0; i < 3; ++i) lab_.AddHeldJob();
  v1::MoveJobsRequest request;
  request.add_job_ids(3);
  request.add_job_ids(2);
  v1::MoveJobsResponse response;
  auto move = [&] {
    grpc::ClientContext context;
    response.Clear();
    return queue_->MoveJobs(&context, request, &response);
  };
  EXPECT_EQ(move().error_code(), grpc::INVALID_ARGUMENT);  // no place
  request.set_place(v1::MoveJobsRequest::TOP);
  ASSERT_TRUE(move().ok());
  EXPECT_EQ(response.jobs(0).id(), 3);
  std::vector<int64_t> order;
  JobPage page = *lab_.store->ListJobs({});
  for (const v1::Job& job : page.jobs) order.push_back(job.id());
  EXPECT_THAT(order, ElementsAre(3, 2, 1));
  request.set_place(v1::MoveJobsRequest::BEFORE);
  EXPECT_EQ(move().error_code(), grpc::INVALID_ARGUMENT);
  request.set_before_job_id(8);
  EXPECT_EQ(move().error_code(), grpc::NOT_FOUND);
}

JobTexts Texts(const std::string& text, const std::string& resolved,
               const std::vector<std::string>& overrides = {}) {
  JobTexts texts;
  texts.submitted.set_text(text);
  texts.submitted.set_file("run.yaml");
  texts.submitted.set_base("/configs");
  texts.submitted.set_override_base("/first");
  for (const std::string& one : overrides) texts.submitted.add_overrides(one);
  texts.resolved = resolved;
  return texts;
}

TEST(CompareConfigs, NamesWhatDiffersAndWhoWroteIt) {
  JobTexts a = Texts("type: pretrain\noptim:\n  learning_rate: 1e-3\n",
                     "type: pretrain\nname: a\noptim:\n  learning_rate: 0.001\n  name: adamw\n"
                     "seed: 1\nsweep: {}\nobserve:\n  metrics: []\n");
  JobTexts b = Texts("type: pretrain\n",
                     "type: pretrain\nname: b\noptim:\n  learning_rate: 0.003\n  name: adamw\n"
                     "seed: 1\nsweep: {}\nobserve:\n  metrics: [heads/induction]\nextra: 5\n",
                     {"optim.learning_rate=3e-3"});
  v1::CompareConfigsResponse compared = CompareConfigs({a, b});
  ASSERT_EQ(compared.rows_size(), 3);
  EXPECT_EQ(compared.rows(0).field(), "optim.learning_rate");
  EXPECT_EQ(compared.rows(0).settings(0).value(), "0.001");
  EXPECT_EQ(compared.rows(0).settings(0).origin(), "run.yaml:3");
  EXPECT_EQ(compared.rows(0).settings(1).value(), "0.003");
  EXPECT_EQ(compared.rows(0).settings(1).origin(), "--set");
  EXPECT_EQ(compared.rows(1).field(), "observe.metrics");
  EXPECT_EQ(compared.rows(1).settings(0).value(), "[]");
  EXPECT_EQ(compared.rows(1).settings(0).origin(), "");
  EXPECT_EQ(compared.rows(2).field(), "extra");
  EXPECT_FALSE(compared.rows(2).settings(0).present());
  EXPECT_EQ(compared.rows(2).settings(1).value(), "5");
  EXPECT_EQ(compared.same_count(), 4);  // type, optim.name, seed, sweep
  EXPECT_EQ(CompareConfigs({a, a}).rows_size(), 0);
}

TEST(MakeDuplicate, WithoutChangesIsWhatWasSubmitted) {
  JobTexts source = Texts("type: pretrain\n", "type: pretrain\n", {"data.corpus=./a.txt"});
  auto copy = MakeDuplicate(source, {}, "/second");
  ASSERT_TRUE(copy.ok());
  EXPECT_EQ(copy->config.SerializeAsString(), source.submitted.SerializeAsString());
  EXPECT_TRUE(copy->alone);
}

TEST(MakeDuplicate, OldRelativePathsKeepTheirBase) {
  JobTexts source = Texts("type: pretrain\n",
                          "type: pretrain\ndata:\n  corpus: /first/a.txt\n  tokenizer: byte\n",
                          {"data={corpus: ./a.txt, tokenizer: byte}", "seed=3"});
  auto copy = MakeDuplicate(source, {"data.tokenizer=./t.json"}, "/second");
  ASSERT_TRUE(copy.ok());
  EXPECT_THAT(copy->config.overrides(),
              ElementsAre("data={corpus: ./a.txt, tokenizer: byte}", "data.corpus=/first/a.txt",
                          "seed=3", "data.tokenizer=./t.json"));
  EXPECT_EQ(copy->config.override_base(), "/second");
  EXPECT_EQ(copy->config.base(), "/configs");
  // From the same folder nothing needs to be pinned.
  copy = MakeDuplicate(source, {"seed=4"}, "/first");
  EXPECT_THAT(copy->config.overrides(),
              ElementsAre("data={corpus: ./a.txt, tokenizer: byte}", "seed=3", "seed=4"));
}

TEST(MakeDuplicate, SeedsMakeAGroupOfAPlainJobButNotOfASweep) {
  JobTexts plain = Texts("type: pretrain\n", "type: pretrain\n");
  EXPECT_FALSE(MakeDuplicate(plain, {"seeds=3"}, "/x")->alone);
  JobTexts swept = Texts("type: pretrain\nsweep: {seed: [1, 2]}\n", "type: pretrain\n", {"seed=2"});
  EXPECT_TRUE(MakeDuplicate(swept, {"seed=5"}, "/x")->alone);
  EXPECT_EQ(MakeDuplicate(swept, {"seeds=3"}, "/x").status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(MakeDuplicate, AMemberIsPlannedAlone) {
  v1::ConfigText config;
  config.set_text("type: pretrain\nseeds: 3\nsweep: {optim.learning_rate: [1e-3, 3e-3]}\n");
  config.add_overrides("optim.learning_rate=3e-3");
  PlanTools tools;
  tools.check = [](const nlohmann::json&) -> absl::StatusOr<nlohmann::json> {
    return nlohmann::json{{"ok", true},
                          {"job_type", "pretrain"},
                          {"name", "n"},
                          {"resolved", "type: pretrain\nseed: 1\n"},
                          {"errors", nlohmann::json::array()},
                          {"warnings", nlohmann::json::array()}};
  };
  PlanOptions options;
  options.dependencies = {{4, true}};
  EXPECT_EQ(PlanJobs(config, options, tools)->jobs.size(), 6u);
  options.alone = true;
  auto plan = PlanJobs(config, options, tools);
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->jobs.size(), 1u);
  EXPECT_EQ(plan->group, "");
  EXPECT_EQ(plan->jobs[0].member, "");
  EXPECT_EQ(plan->jobs[0].dependencies.at(0).job, 4);
}

}  // namespace
}  // namespace lab
