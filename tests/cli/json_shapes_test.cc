// The documents of --json, key by key, as scripts rely on them.

#include <cmath>
#include <limits>

#include "tests/cli/labctl_fixture.h"

namespace lab::cli {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;

void Fill(v1::Job& job) {
  job.set_name("first");
  job.set_seed(1);
  job.mutable_create_time()->set_seconds(1767323045);
  job.mutable_create_time()->set_nanos(678000000);
  job.mutable_start_time()->set_seconds(1767323046);
  job.mutable_progress()->set_step(123);
  job.mutable_progress()->set_total_steps(600);
  job.mutable_progress()->set_phase("training");
  job.mutable_progress()->set_fraction(0.205);
  job.mutable_progress()->set_eta_seconds(12.5);
  job.mutable_progress()->set_token_count(4096);
  job.set_device("cpu");
  job.set_worker_pid(77);
  v1::MetricSummary& loss = *job.add_summary();
  loss.set_metric("train/loss");
  loss.set_last(std::nan(""));
  loss.set_step(123);
  loss.set_best(2.5);
  loss.set_best_step(120);
  v1::MetricSummary& rate = *job.add_summary();
  rate.set_metric("train/learning_rate");
  rate.set_last(0.1);
  rate.set_step(123);
  v1::Checkpoint& checkpoint = *job.add_checkpoints();
  checkpoint.set_name("step-000100");
  checkpoint.set_step(100);
  checkpoint.set_kind("full");
  checkpoint.set_size_bytes(1000);
  checkpoint.set_sha256("ab");
  checkpoint.mutable_create_time()->set_seconds(1767323050);
}

constexpr char kJob[] =
    R"({"id":1,"name":"first","type":"pretrain","state":"running","group":null,"member":null,)"
    R"("seed":1,"priority":0,"attempt":1,"created_at":"2026-01-02T03:04:05.678Z",)"
    R"("started_at":"2026-01-02T03:04:06.000Z","ended_at":null,"progress":{"step":123,)"
    R"("total_steps":600,"phase":"training","fraction":0.205,"eta_seconds":12.5,"tokens":4096},)"
    R"("device":"cpu","worker_pid":77,"parent":null,"error":null,"summary":{"train/loss":)"
    R"({"last":"NaN","best":2.5,"best_step":120,"step":123},"train/learning_rate":)"
    R"({"last":0.1,"best":null,"best_step":null,"step":123}},"checkpoints":[{"name":)"
    R"("step-000100","step":100,"kind":"full","size_bytes":1000,"sha256":"ab",)"
    R"("created_at":"2026-01-02T03:04:10.000Z"}],"tags":[],"note":"","dependencies":[],)"
    R"("waits_for":[],"origin":null,"changes":[],"ending":null})";

TEST_F(LabctlTest, ShowAndListPrintTheWholeJob) {
  Fill(lab_.AddJob(1, v1::Job::RUNNING));
  EXPECT_EQ(Labctl({"show", "1", "--json"}).out,
            std::string("{\"schema_version\":1,\"job\":") + kJob + "}\n");
  EXPECT_EQ(Labctl({"--json", "list"}).out,
            std::string("{\"schema_version\":1,\"jobs\":[") + kJob + "]}\n");
}

TEST_F(LabctlTest, AJobThatOnlyWaitsHasNullsWhereNothingIsKnown) {
  lab_.AddJob(1, v1::Job::HELD);
  Json job = LabctlJson({"show", "1"})["job"];
  for (const char* key : {"created_at", "started_at", "ended_at", "device", "worker_pid", "parent",
                          "error", "group"}) {
    EXPECT_TRUE(job.at(key).is_null()) << key;
  }
  EXPECT_EQ(job["state"], "held");
  EXPECT_EQ(job["progress"]["step"], 0);
  EXPECT_TRUE(job["progress"]["eta_seconds"].is_null());
  EXPECT_EQ(job["summary"].dump(), "{}");
}

TEST_F(LabctlTest, AFailedJobHasItsErrorAndItsParent) {
  v1::Job& job = lab_.AddJob(1, v1::Job::FAILED);
  job.mutable_error()->set_reason("LOSS_NOT_FINITE");
  job.mutable_error()->set_message("the loss is NaN at step 3");
  job.mutable_parent()->set_job_id(7);
  job.mutable_parent()->set_step(500);
  job.set_group("sweep");
  Json json = LabctlJson({"show", "1"})["job"];
  EXPECT_EQ(json["error"].dump(),
            R"({"reason":"LOSS_NOT_FINITE","message":"the loss is NaN at step 3"})");
  EXPECT_EQ(json["parent"].dump(), R"({"job":7,"step":500})");
  EXPECT_EQ(json["group"], "sweep");
}

TEST_F(LabctlTest, MetricsJoinTheirPartsAndKeepEveryDouble) {
  lab_.AddJob(1, v1::Job::RUNNING);
  for (int part = 0; part < 2; ++part) {
    v1::SeriesPart& one = lab_.series.emplace_back();
    one.set_name("train/loss");
    one.set_unit("nats");
    one.set_raw_count(2);
    one.add_step(part + 1);
    one.add_seconds(0.25);
    one.add_value(part == 0 ? 0.1 + 0.2 : std::numeric_limits<double>::infinity());
  }
  Outcome outcome = Labctl({"metrics", "1", "train/loss", "--max-points", "50", "--json"});
  EXPECT_EQ(outcome.out,
            R"({"schema_version":1,"job":1,"series":[{"name":"train/loss","unit":"nats",)"
            R"("points":[[1,0.25,0.30000000000000004],[2,0.25,"Infinity"]],"raw_count":2,)"
            R"("thinned":false}]})"
            "\n");
  ASSERT_EQ(lab_.read_metrics.size(), 1u);
  EXPECT_EQ(lab_.read_metrics[0].names(0), "train/loss");
  EXPECT_EQ(lab_.read_metrics[0].max_points(), 50);
  LabctlJson({"metrics", "1"});
  EXPECT_EQ(lab_.read_metrics[1].max_points(), 0);  // every point
}

TEST_F(LabctlTest, SamplesKeepBytesThatAreNotText) {
  lab_.AddJob(1, v1::Job::RUNNING);
  v1::Sample& sample = *lab_.samples.add_samples();
  sample.set_step(100);
  sample.set_prompt("Once");
  sample.set_text(" a\xFF");
  sample.set_token_count(2);
  sample.set_seed(5);
  sample.set_temperature(0.8);
  sample.set_top_p(1);
  Json document = LabctlJson({"samples", "1"});
  EXPECT_EQ(document["samples"].dump(),
            "[{\"step\":100,\"prompt\":\"Once\",\"text\":\" a\uFFFD\",\"bytes_hex\":\"2061ff\","
            "\"tokens\":2,\"seed\":5,\"settings\":{\"temperature\":0.8,\"top_k\":0,"
            "\"top_p\":1.0}}]");
}

TEST_F(LabctlTest, WatchPrintsOneObjectALineAndOneAPoint) {
  lab_.AddJob(1, v1::Job::RUNNING);
  lab_.on_watch = [&](grpc::ServerContext*, const v1::WatchJobRequest& request,
                      grpc::ServerWriter<v1::WatchEvent>* writer) {
    EXPECT_EQ(request.kinds_size(), 0);
    writer->Write(testing::StateEvent(1, v1::Job::RUNNING));
    writer->Write(testing::LossEvent({2, 4}));
    v1::WatchEvent progress = testing::Event(4);
    progress.mutable_progress()->set_step(4);
    writer->Write(progress);
    v1::WatchEvent checkpoint = testing::Event(5);
    checkpoint.mutable_checkpoint()->set_name("step-000004");
    checkpoint.mutable_checkpoint()->set_step(4);
    writer->Write(checkpoint);
    v1::WatchEvent mark = testing::Event(6);
    mark.mutable_mark()->set_kind("rewind");
    mark.mutable_mark()->set_kept_sequence(5);
    writer->Write(mark);
    v1::WatchEvent log = testing::Event(6);
    log.mutable_log()->set_text("hello");
    writer->Write(log);
    writer->Write(testing::StateEvent(7, v1::Job::SUCCEEDED));
    std::lock_guard lock(lab_.mutex);
    lab_.jobs[1].set_state(v1::Job::SUCCEEDED);
    return grpc::Status::OK;
  };
  Outcome outcome = Labctl({"watch", "1", "--json"});
  EXPECT_EQ(outcome.code, 0) << outcome.err;
  std::istringstream lines(outcome.out);
  std::vector<std::string> kinds;
  for (std::string text; std::getline(lines, text);) {
    Json line = Json::parse(text);
    kinds.push_back(line["kind"].get<std::string>() + line["sequence"].dump());
    EXPECT_EQ(line["schema_version"], 1);
    EXPECT_EQ(line["job"], 1);
    EXPECT_TRUE(line["time"].is_string());
    if (line["kind"] == "metric") {
      EXPECT_EQ(line["name"], "train/loss");
      EXPECT_EQ(line["value"], line["step"] == 2 ? 0.5 : 0.25);
      EXPECT_EQ(line["seconds"], line["step"] == 2 ? 1.0 : 2.0);
    } else if (line["kind"] == "checkpoint") {
      EXPECT_EQ(line["checkpoint"]["name"], "step-000004");
    } else if (line["kind"] == "mark") {
      EXPECT_EQ(line["mark"], "rewind");
      EXPECT_EQ(line["kept_sequence"], 5);
    } else if (line["kind"] == "log") {
      EXPECT_EQ(line["text"], "hello");
    }
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("state1", "metric2", "metric4", "progress4",
                                            "checkpoint5", "mark6", "log6", "state7"));
}

TEST_F(LabctlTest, GenerateIsOneDocumentWithEveryToken) {
  v1::GenerateEvent event;
  v1::Token& token = *event.mutable_token();
  token.set_id(5);
  token.set_text("a\xC3");
  token.set_probability(0.5);
  token.add_top()->set_text("b");
  token.mutable_top(0)->set_probability(0.25);
  lab_.generated.push_back(event);
  event.mutable_token()->Clear();
  event.mutable_token()->set_id(256);
  event.mutable_token()->set_text("<|endoftext|>");
  lab_.generated.push_back(event);
  v1::GenerateSummary& summary = *event.mutable_summary();
  summary.set_text("a\xC3");
  summary.set_stop_reason("eos");
  summary.set_seconds_to_first_token(0.125);
  summary.set_tokens_per_second(100);
  summary.set_new_token_count(2);
  summary.set_prompt_token_count(3);
  summary.set_seed(11);
  lab_.generated.push_back(event);
  Json document = LabctlJson({"generate", "12@best", "--prompt", "[x,y]", "--stop", "[a,b]",
                              "--stop", "c", "--seed", "11"});
  EXPECT_EQ(document.dump(),
            "{\"schema_version\":1,\"prompt\":\"[x,y]\",\"text\":\"a\uFFFD\","
            "\"bytes_hex\":\"61c3\",\"tokens\":[{\"id\":5,\"text\":\"a\uFFFD\","
            "\"bytes_hex\":\"61c3\",\"probability\":0.5,\"top\":[[\"b\",0.25]]},{\"id\":256,"
            "\"text\":\"<|endoftext|>\",\"probability\":0.0,\"top\":[]}],\"stop_reason\":\"eos\","
            "\"seed\":11,\"prompt_tokens\":3,\"new_tokens\":2,\"seconds_to_first_token\":0.125,"
            "\"tokens_per_second\":100.0}");
  EXPECT_EQ(lab_.opened, std::vector<std::string>{"12@best"});
  ASSERT_EQ(lab_.generations.size(), 1u);
  EXPECT_THAT(lab_.generations[0].stop(), ::testing::ElementsAre("[a,b]", "c"));
  EXPECT_EQ(lab_.generations[0].session(), "s1");
  EXPECT_EQ(lab_.generations[0].seed(), 11u);
}

TEST_F(LabctlTest, SubmitNamesItsJobs) {
  lab_.catalog.add_job_types()->set_name("pretrain");
  lab_.on_create = [](grpc::ServerContext*, const v1::CreateJobRequest&,
                      v1::CreateJobResponse* response) {
    response->add_job_ids(3);
    response->add_job_ids(4);
    response->set_group("lr");
    v1::FieldError& warning = *response->add_warnings();
    warning.set_field("train.steps");
    warning.set_message("is short");
    warning.set_reason("ODD");
    return grpc::Status::OK;
  };
  Json document = LabctlJson({"submit", "pretrain"});
  EXPECT_EQ(document["jobs"].dump(), "[3,4]");
  EXPECT_EQ(document["group"], "lr");
  EXPECT_EQ(document["warnings"][0]["field"], "train.steps");
  lab_.on_create = nullptr;
  EXPECT_TRUE(LabctlJson({"submit", "pretrain"})["group"].is_null());
}

TEST_F(LabctlTest, CatalogAndSystemDocuments) {
  v1::JobType& type = *lab_.catalog.add_job_types();
  type.set_name("pretrain");
  v1::Field& field = *type.add_fields();
  field.set_name("optim.learning_rate");
  field.set_type("float");
  field.set_min(0);
  field.set_default_value("0.001");
  v1::Preset& preset = *lab_.catalog.add_presets();
  preset.set_name("first_run");
  preset.set_kind("job");
  preset.set_text("type: pretrain\n");
  v1::Corpus& corpus = *lab_.corpora.add_corpora();
  corpus.set_name("stories");
  corpus.set_known_entropy(true);

  EXPECT_EQ(LabctlJson({"types"})["types"][0]["fields"][0]["name"], "optim.learning_rate");
  Json explained = LabctlJson({"explain", "pretrain.optim.learning_rate"})["field"];
  EXPECT_EQ(explained["min"], 0.0);
  EXPECT_TRUE(explained["max"].is_null());
  EXPECT_EQ(LabctlJson({"explain", "pretrain.optim"})["fields"].size(), 1u);
  EXPECT_EQ(LabctlJson({"presets"})["presets"][0]["text"], "type: pretrain\n");
  EXPECT_EQ(LabctlJson({"corpora"})["corpora"][0]["known_entropy"], true);
  EXPECT_EQ(LabctlJson({"system"})["system"]["pid"], 4242);
  EXPECT_EQ(LabctlJson({"version"})["labd"], "9.8.7");
  EXPECT_EQ(LabctlJson({"daemon", "status"})["running"], true);
}

TEST_F(LabctlTest, SensorsAreToldWhereThereAreAny) {
  Json system = LabctlJson({"system"})["system"];
  EXPECT_TRUE(system["processor_celsius"].is_null());
  EXPECT_EQ(system["gpus"], Json::array());
  EXPECT_THAT(Labctl({"system"}).out, Not(AnyOf(HasSubstr("temperature"), HasSubstr("gpu"))));
  lab_.system.set_processor_celsius(61.4);
  v1::Gpu& gpu = *lab_.system.add_gpus();
  gpu.set_name("Fake GPU 9000");
  gpu.set_memory_bytes(16000000000);
  gpu.set_memory_used_bytes(0);
  gpu.set_utilization(0);
  gpu.set_celsius(70);
  lab_.system.add_gpus()->set_name("Silent GPU");
  system = LabctlJson({"system"})["system"];
  EXPECT_EQ(system["processor_celsius"], 61.4);
  EXPECT_EQ(system["gpus"][0]["memory_used_bytes"], 0);
  EXPECT_EQ(system["gpus"][0]["utilization"], 0.0);
  EXPECT_EQ(system["gpus"][0]["celsius"], 70.0);
  EXPECT_TRUE(system["gpus"][0]["watts"].is_null());
  EXPECT_EQ(system["gpus"][1]["name"], "Silent GPU");
  EXPECT_TRUE(system["gpus"][1]["memory_bytes"].is_null());
  EXPECT_TRUE(system["gpus"][1]["utilization"].is_null());
  terminal_.unicode = true;
  const std::string text = Labctl({"system"}).out;
  EXPECT_THAT(text, HasSubstr("61 °C"));
  EXPECT_THAT(text, HasSubstr("Fake GPU 9000, "));
  EXPECT_THAT(text, HasSubstr("0 % busy, 70 °C\n"));
  EXPECT_THAT(text, HasSubstr("Silent GPU\n"));
  terminal_.unicode = false;
  EXPECT_THAT(Labctl({"system"}).out, HasSubstr("61 C"));
}

TEST_F(LabctlTest, ErrorsAreDocumentsOnStderr) {
  Outcome outcome = Labctl({"show", "42", "--json"});
  EXPECT_EQ(outcome.code, 3);
  EXPECT_EQ(outcome.out, "");
  EXPECT_EQ(outcome.err,
            R"({"schema_version":1,"error":{"code":"NOT_FOUND","reason":"JOB_NOT_FOUND",)"
            R"("message":"there is no job 42"}})"
            "\n");
  EXPECT_EQ(Json::parse(Labctl({"--json", "frobnicate"}).err)["error"]["reason"], "USAGE");
}

}  // namespace
}  // namespace lab::cli
