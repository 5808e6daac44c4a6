#include "daemon/catalog/catalog.h"

#include <gtest/gtest.h>

namespace lab {
namespace {

using Json = nlohmann::json;

Json Description() {
  return Json::parse(R"({
    "job_types": [{"name": "pretrain", "title": "Pretrain", "summary": "A GPT.",
      "schema": {"fields": [{"name": "optim.learning_rate", "type": "float", "default": "1e-3",
        "min": 0, "above_min": true, "unit": "", "help": "Step size.", "choices": ["a", 2]},
        {"name": "train.steps", "type": "int", "default": 600, "auto": true, "max": null}]},
      "metrics": [{"name": "train/loss", "unit": "nats", "goal": "min", "help": "Loss."}]}],
    "presets": [{"name": "nano", "kind": "model", "title": "Nano", "text": "layers: 2"},
                {"name": "first_run", "kind": "job", "title": "First", "text": "type: pretrain"}],
    "corpora": [{"name": "stories", "kind": "generated", "entropy": true, "documents": 9}],
    "devices": [{"name": "cpu", "kind": "cpu", "model": "X", "threads": 4, "memory_bytes": 8}],
    "versions": {"lab": "0.1.0"}, "news": [1, 2]})");
}

TEST(Catalog, IsUnavailableUntilAWorkerHasSpoken) {
  Catalog catalog;
  EXPECT_EQ(catalog.Get().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(catalog.Corpora().status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(catalog.PresetText("nano").status().code(), absl::StatusCode::kUnavailable);
}

TEST(Catalog, KeepsWhatTheWorkerDescribed) {
  Catalog catalog;
  ASSERT_TRUE(catalog.Describe(Description()).ok());
  auto got = catalog.Get();
  ASSERT_TRUE(got.ok());
  const v1::Field& rate = got->job_types(0).fields(0);
  EXPECT_EQ(rate.name(), "optim.learning_rate");
  EXPECT_EQ(rate.default_value(), "1e-3");
  EXPECT_TRUE(rate.has_min() && rate.above_min());
  EXPECT_FALSE(rate.has_max());
  EXPECT_EQ(rate.choices(1), "2");
  EXPECT_EQ(got->job_types(0).fields(1).default_value(), "600");
  EXPECT_TRUE(got->job_types(0).fields(1).auto_());
  EXPECT_EQ(got->job_types(0).metrics(0).goal(), "min");
  EXPECT_EQ(got->devices(0).thread_count(), 4);
  EXPECT_EQ(got->versions().at("lab"), "0.1.0");
  EXPECT_TRUE(catalog.Corpora()->corpora(0).known_entropy());
}

TEST(Catalog, GivesReadyRunsByNameAndNamesThoseThatExist) {
  Catalog catalog;
  ASSERT_TRUE(catalog.Describe(Description()).ok());
  EXPECT_EQ(*catalog.PresetText("first_run"), "type: pretrain");
  absl::Status status = catalog.PresetText("nano").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_NE(std::string(MessageOf(status)).find("first_run"), std::string::npos);
}

TEST(Catalog, RefusesAMalformedDescriptionAndKeepsTheOldOne) {
  Catalog catalog;
  ASSERT_TRUE(catalog.Describe(Description()).ok());
  Json bad_list = Description();
  bad_list["job_types"][0]["metrics"] = "many";
  Json bad_type = Description();
  bad_type["devices"][0]["threads"] = "four";
  Json nameless = Description();
  nameless["job_types"][0].erase("name");
  for (const Json& bad :
       {Json::array(), Json(nullptr), Json::object(), bad_list, bad_type, nameless}) {
    EXPECT_EQ(ReasonOf(catalog.Describe(bad)), "WORKER_PROTOCOL") << bad.dump();
  }
  EXPECT_EQ(catalog.Get()->job_types_size(), 1);
}

}  // namespace
}  // namespace lab
