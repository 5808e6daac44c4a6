#include "gui/models/generation.h"

#include <cmath>
#include <condition_variable>

#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
using State = Generation::State;

v1::GenerateEvent tokenEvent(const std::string& text, double probability) {
  v1::GenerateEvent event;
  event.mutable_token()->set_text(text);
  event.mutable_token()->set_probability(probability);
  return event;
}

v1::GenerateEvent summaryEvent(const std::string& text) {
  v1::GenerateEvent event;
  event.mutable_summary()->set_text(text);
  event.mutable_summary()->set_stop_reason("eos");
  return event;
}

class GenerationTest : public LabFixture {
 protected:
  GenerationTest() {
    fake_.generated = {tokenEvent(" upon", 0.5), tokenEvent(" a", 0.125), tokenEvent("<|end|>", 1),
                       summaryEvent(" upon a")};
    fake_.generated[2].mutable_token()->set_shown("");
  }

  bool settled() {
    return until([this] { return !generation_.busy(); });
  }

  Generation generation_{&lab_.session};
};

TEST_F(GenerationTest, TellsTokensTextAndPerplexity) {
  connectLab();
  v1::GenerateRequest settings;
  settings.set_prompt("Once");
  settings.set_seed(7);
  generation_.start("12@500", settings);
  ASSERT_TRUE(settled());
  ASSERT_EQ(generation_.state(), State::kDone) << generation_.status();
  EXPECT_EQ(generation_.text(), " upon a");
  ASSERT_EQ(generation_.cells().size(), 3u);
  EXPECT_TRUE(generation_.cells()[2].apart);
  EXPECT_EQ(generation_.summary()->stop_reason(), "eos");
  EXPECT_NEAR(*generation_.perplexity(), std::exp(std::log(2.0 * 8.0) / 3), 1e-9);
  const auto asked = now(&testing::FakeLab::generations);
  ASSERT_EQ(asked.size(), 1u);
  EXPECT_EQ(asked[0].prompt(), "Once");
  EXPECT_EQ(asked[0].seed(), 7u);
  EXPECT_EQ(asked[0].session(), "s1");
}

TEST_F(GenerationTest, KeepsAModelOpenUntilItIsReleasedOrAnotherIsWanted) {
  connectLab();
  for (int i = 0; i < 2; ++i) {
    generation_.start("12@500", {});
    ASSERT_TRUE(settled());
  }
  EXPECT_THAT(now(&testing::FakeLab::opened), ElementsAre("12@500"));
  generation_.start("12@500", {}, /*fresh=*/true);
  ASSERT_TRUE(settled());
  generation_.start("13", {});
  ASSERT_TRUE(settled());
  EXPECT_THAT(now(&testing::FakeLab::opened), ElementsAre("12@500", "12@500", "13"));
  generation_.release();
  EXPECT_TRUE(until([this] { return now(&testing::FakeLab::closed).size() == 3; }));
}

TEST_F(GenerationTest, SaysWhyAModelCannotBeOpened) {
  connectLab();
  generation_.start("9", {});
  ASSERT_TRUE(settled());
  EXPECT_EQ(generation_.state(), State::kFailed);
  EXPECT_THAT(std::string(generation_.status().message()), ::testing::HasSubstr("step 100"));
  EXPECT_TRUE(generation_.tokens().empty());
  generation_.start("12", {});
  ASSERT_TRUE(settled());
  EXPECT_EQ(generation_.state(), State::kDone) << generation_.status();
}

TEST_F(GenerationTest, StopsAtOnceAndKeepsWhatThereIs) {
  std::atomic<bool> cancelled = false;
  fake_.on_generate = [&](grpc::ServerContext* context, const v1::GenerateRequest&,
                          grpc::ServerWriter<v1::GenerateEvent>* writer) {
    // Writes until nobody listens any more.
    while (!context->IsCancelled() && writer->Write(tokenEvent("x", 0.5))) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    cancelled = true;
    return grpc::Status::CANCELLED;
  };
  connectLab();
  generation_.start("12", {});
  ASSERT_TRUE(until([this] { return generation_.tokens().size() > 3; }));
  generation_.stop();
  EXPECT_EQ(generation_.state(), State::kStopped);
  EXPECT_FALSE(generation_.summary().has_value());
  const size_t kept = generation_.tokens().size();
  ASSERT_TRUE(until([&] { return cancelled.load(); }));
  QCoreApplication::processEvents();
  EXPECT_EQ(generation_.tokens().size(), kept);
}

TEST_F(GenerationTest, OpensAgainWhereTheWorkerHasLeft) {
  connectLab();
  generation_.start("12@500", {});
  ASSERT_TRUE(settled());
  {
    std::lock_guard lock(fake_.mutex);
    fake_.on_generate = [this](grpc::ServerContext* context, const v1::GenerateRequest&,
                               grpc::ServerWriter<v1::GenerateEvent>*) {
      std::lock_guard inner(fake_.mutex);
      fake_.on_generate = nullptr;
      return testing::Refusal(context, grpc::StatusCode::NOT_FOUND, "SESSION_GONE", "no session");
    };
  }
  generation_.start("12@500", {});
  ASSERT_TRUE(settled());
  EXPECT_EQ(generation_.state(), State::kDone) << generation_.status();
  EXPECT_EQ(now(&testing::FakeLab::opened).size(), 2u);
}

}  // namespace
}  // namespace lab::gui
