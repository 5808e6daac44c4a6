// A look put together from its parts: whole, or refused.

#include "proto/client/inspection.h"

#include <cmath>
#include <cstring>
#include <string>

#include <gtest/gtest.h>

namespace lab {
namespace {

// Numbers as bytes.
template <class Value>
std::string Bytes(const std::vector<Value>& values) {
  std::string bytes(values.size() * sizeof(Value), '\0');
  std::memcpy(bytes.data(), values.data(), bytes.size());
  return bytes;
}

class InspectionTest : public testing::Test {
 protected:
  // A plan of scores [2, 3] and of at most four ids [4, 1].
  static v1::InspectEvent Plan() {
    v1::InspectEvent event;
    v1::InspectPlan& plan = *event.mutable_plan();
    plan.add_tokens()->set_text("a");
    v1::TensorFacts& scores = *plan.add_tensors();
    scores.set_name("heads/sink");
    scores.set_dtype("float32");
    scores.add_axes()->set_name("layer");
    scores.mutable_axes(0)->add_labels("4");
    scores.mutable_axes(0)->add_labels("7");
    scores.add_axes()->set_name("head");
    scores.add_shape(2);
    scores.add_shape(3);
    v1::TensorFacts& ids = *plan.add_tensors();
    ids.set_name("ids");
    ids.set_dtype("int64");
    ids.add_axes()->set_name("rank");
    ids.add_axes()->set_name("place");
    ids.add_shape(4);
    ids.add_shape(1);
    plan.set_result_bytes(24 + 32);
    return event;
  }
  static v1::InspectEvent Part(int tensor, int64_t offset, std::string data,
                               std::vector<int64_t> shape = {}) {
    v1::InspectEvent event;
    v1::TensorPart& part = *event.mutable_part();
    part.set_tensor(tensor);
    part.set_offset(offset);
    part.set_data(std::move(data));
    for (int64_t size : shape) part.add_shape(size);
    return event;
  }
  static v1::InspectEvent End() {
    v1::InspectEvent event;
    v1::InspectToken& word = *event.mutable_summary()->add_words();
    word.set_id(9);
    word.set_text("nine");
    return event;
  }
  // What is wrong with these events; "" if they are whole.
  static std::string Problem(const std::vector<v1::InspectEvent>& events) {
    InspectionReader reader;
    for (const v1::InspectEvent& event : events) {
      absl::Status status = reader.Take(event);
      if (!status.ok()) return std::string(MessageOf(status));
    }
    return std::string(MessageOf(reader.Finish().status()));
  }

  const std::string scores_ = Bytes<float>({0, 1, 2, 3, 4, std::nanf("")});
};

TEST_F(InspectionTest, PartsBecomeTensors) {
  InspectionReader reader;
  for (const auto& event :
       {Plan(), Part(0, 0, scores_.substr(0, 10), {2, 3}), Part(0, 10, scores_.substr(10)),
        Part(1, 0, Bytes<int64_t>({9, -1}), {2, 1}), End()}) {
    ASSERT_TRUE(reader.Take(event).ok());
  }
  auto look = reader.Finish();
  ASSERT_TRUE(look.ok()) << look.status();
  const InspectedTensor* scores = look->Find("heads/sink");
  ASSERT_NE(scores, nullptr);
  EXPECT_EQ(scores->Float({1, 0}), 3);
  EXPECT_TRUE(std::isnan(scores->Float({1, 2})));
  EXPECT_EQ(scores->Label(0, 1), "7");
  EXPECT_EQ(scores->Label(1, 2), "2");
  const InspectedTensor* ids = look->Find("ids");
  EXPECT_EQ(ids->Dim(0), 2);
  EXPECT_EQ(ids->Integer({1, 0}), -1);
  EXPECT_EQ(look->WordOf(9), "nine");
  EXPECT_EQ(look->WordOf(8), "");
  EXPECT_EQ(look->Find("none"), nullptr);
}

TEST_F(InspectionTest, WhatDoesNotFitThePlanIsRefused) {
  const auto whole = Part(0, 0, scores_, {2, 3}), ids = Part(1, 0, "", {0, 1});
  EXPECT_EQ(Problem({Plan(), whole, ids, End()}), "");
  const std::string malformed = "labd's answer is malformed: ";
  EXPECT_EQ(Problem({whole}), malformed + "it does not begin with a plan");
  EXPECT_EQ(Problem({Plan(), Plan()}), malformed + "it has two plans");
  EXPECT_EQ(Problem({Plan(), whole, ids}), malformed + "its end is missing");
  EXPECT_EQ(Problem({Plan(), ids, End()}), malformed + "heads/sink is not whole");
  EXPECT_EQ(Problem({Plan(), Part(0, 4, "abcd", {2, 3})}),
            malformed + "a part of heads/sink is missing");
  EXPECT_EQ(Problem({Plan(), Part(0, 0, scores_, {3, 2})}),
            malformed + "heads/sink has not the shape that was planned");
  EXPECT_EQ(Problem({Plan(), Part(0, 0, scores_ + "more", {2, 3})}),
            malformed + "heads/sink is larger than was planned");
  EXPECT_EQ(Problem({Plan(), Part(1, 0, "", {5, 1})}),
            malformed + "ids has not the shape that was planned");
  EXPECT_EQ(Problem({Plan(), Part(1, 0, "", {-1, 1})}),
            malformed + "ids is larger than was planned");
  EXPECT_EQ(Problem({Plan(), Part(2, 0, "", {})}), malformed + "a part belongs to no tensor");
  EXPECT_EQ(Problem({Plan(), whole, ids, End(), End()}), malformed + "something follows its end");
  auto strange = Plan();
  strange.mutable_plan()->mutable_tensors(0)->set_dtype("complex64");
  EXPECT_EQ(Problem({strange}), malformed + "heads/sink has the unknown type complex64");
}

TEST_F(InspectionTest, APlanAloneNeedsNoTensors) {
  InspectionReader reader(/*plan_only=*/true);
  ASSERT_TRUE(reader.Take(Plan()).ok());
  ASSERT_TRUE(reader.Take(End()).ok());
  EXPECT_TRUE(reader.Finish().ok());
}

}  // namespace
}  // namespace lab
