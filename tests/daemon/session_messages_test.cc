#include "daemon/supervisor/session_messages.h"

#include <string>

#include <gtest/gtest.h>

namespace lab {
namespace {

using Json = nlohmann::json;

Json Planned() {
  return {{"type", "planned"},
          {"request", "q1"},
          {"tokens", {5, 7}},
          {"lengths", {2, 1}},
          {"tensors",
           {{{"name", "heads/entropy"},
             {"axes", {{{"name", "layer"}, {"labels", {"3"}}}, {{"name", "head"}}}},
             {"shape", {1, 4}},
             {"unit", "nats"},
             {"dtype", "float32"}}}},
          {"result_bytes", 16},
          {"working_bytes", 100},
          {"limit_bytes", 1000}};
}

TEST(SessionMessages, APlanComesAsItIs) {
  auto plan = ParsePlanned({Planned(), "abc"});
  ASSERT_TRUE(plan.ok()) << plan.status();
  ASSERT_EQ(plan->tokens_size(), 2);
  EXPECT_EQ(plan->tokens(0).text(), "ab");
  EXPECT_EQ(plan->tokens(1).id(), 7);
  EXPECT_EQ(plan->tokens(1).offset(), 2);
  ASSERT_EQ(plan->tensors_size(), 1);
  EXPECT_EQ(plan->tensors(0).axes(0).labels(0), "3");
  EXPECT_EQ(plan->tensors(0).axes(1).labels_size(), 0);
  EXPECT_EQ(plan->tensors(0).shape(1), 4);
  EXPECT_EQ(plan->limit_bytes(), 1000);
}

TEST(SessionMessages, AMalformedPlanIsABreachOfTheProtocol) {
  auto problem = [](const Json& header, const std::string& payload) {
    auto plan = ParsePlanned({header, payload});
    EXPECT_EQ(ReasonOf(plan.status()), "WORKER_PROTOCOL");
    return std::string(MessageOf(plan.status()));
  };
  EXPECT_EQ(problem(Planned(), "ab"), "a payload is shorter than its lengths say");
  EXPECT_EQ(problem(Planned(), "abcd"), "a payload is longer than its lengths say");
  Json header = Planned();
  header["tokens"] = {5};
  EXPECT_EQ(problem(header, "abc"), "tokens do not have one text each");
  header = Planned();
  header["tokens"] = {5, 0.5};
  EXPECT_NE(problem(header, "abc"), "");
  header = Planned();
  header["tensors"][0]["shape"] = {4};
  EXPECT_EQ(problem(header, "abc"), "the tensor heads/entropy has not one axis for each size");
  header = Planned();
  header["tensors"] = {3};
  EXPECT_EQ(problem(header, "abc"), "a tensor is not described by an object");
  header = Planned();
  header["tensors"][0]["axes"][0] = {{"labels", {"3"}}};
  EXPECT_NE(problem(header, "abc").find("\"name\" is missing"), std::string::npos);
  header = Planned();
  header.erase("limit_bytes");
  EXPECT_NE(problem(header, "abc").find("\"limit_bytes\" is missing"), std::string::npos);
}

TEST(SessionMessages, ALookIsEncodedWithAllItAsksFor) {
  v1::InspectRequest request;
  request.set_text("hé");
  request.add_quantities("heads");
  request.add_layers(1);
  request.add_positions(4);
  request.set_target(9);
  request.set_max_bytes(77);
  auto bytes = EncodeInspect({"q3", "m1", 1}, request);
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  FrameDecoder decoder;
  decoder.Append(*bytes);
  auto frame = decoder.Next();
  ASSERT_TRUE(frame.ok() && *frame);
  const Json& header = (*frame)->header;
  EXPECT_EQ(header["type"], "inspect");
  EXPECT_EQ(header["session"], "m1");
  EXPECT_EQ(header["threads"], 1);
  EXPECT_EQ(header["layers"], Json({1}));
  EXPECT_EQ(header["heads"], Json::array());
  EXPECT_EQ(header["target"], 9);
  EXPECT_EQ(header["max_bytes"], 77);
  EXPECT_FALSE(header.contains("tokens"));
  EXPECT_EQ((*frame)->payload, "hé");
  for (int64_t i = 0; i < 300'000; ++i) request.add_positions(i);
  EXPECT_EQ(EncodeInspect({"q3", "m1", 1}, request).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(SessionMessages, AnswersSayHowItWent) {
  const Json refused = {{"type", "inspected"},
                        {"request", "q1"},
                        {"ok", false},
                        {"error", {{"reason", "INSPECT_BUDGET"}, {"message", "too much"}}}};
  EXPECT_EQ(ParseInspected({refused, ""}).status().code(), absl::StatusCode::kResourceExhausted);
  const Json done = {{"type", "inspected"}, {"request", "q1"}, {"ok", true},    {"seconds", 0.5},
                     {"cached", true},      {"words", {3}},    {"lengths", {2}}};
  auto summary = ParseInspected({done, "ab"});
  ASSERT_TRUE(summary.ok()) << summary.status();
  EXPECT_TRUE(summary->cached());
  EXPECT_EQ(summary->words(0).text(), "ab");
  auto part = ParsePart(
      {{{"type", "part"}, {"request", "q1"}, {"tensor", 1}, {"offset", 0}, {"shape", {2}}},
       "12345678"});
  ASSERT_TRUE(part.ok());
  EXPECT_EQ(part->shape(0), 2);
  EXPECT_EQ(part->data(), "12345678");
  EXPECT_FALSE(ParsePart({{{"type", "part"}, {"request", "q1"}, {"offset", 0}}, ""}).ok());
}

}  // namespace
}  // namespace lab
