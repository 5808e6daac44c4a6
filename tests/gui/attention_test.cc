#include "gui/models/attention.h"

#include "gui/models/checkpoint_steps.h"
#include "tests/client/fake_inspect.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class AttentionTest : public LabFixture {
 protected:
  bool settled() {
    return until([this] { return !attention_.busy(); });
  }

  static std::vector<int64_t> tokensOf(const std::string& text) {
    return {text.begin(), text.end()};
  }

  AttentionShelf shelf_;
  Attention attention_{&lab_.session, &shelf_};
};

TEST_F(AttentionTest, ReadsAShortTextAtOnce) {
  connectLab();
  const std::string text = "the fox the fox";
  attention_.look({"12@300", text, false});
  ASSERT_TRUE(settled());
  ASSERT_TRUE(attention_.data()) << attention_.status();
  const AttentionData& data = *attention_.data();
  EXPECT_TRUE(data.whole);
  EXPECT_EQ(data.layers, testing::kFakeLayers);
  EXPECT_EQ(data.heads, testing::kFakeHeads);
  EXPECT_EQ(data.length(), 15);
  ASSERT_EQ(data.scores.size(), 8u);
  EXPECT_EQ(data.scores.back().name, QStringLiteral("shifted induction"));
  for (HeadId id : allHeads(2, 4)) {
    ASSERT_TRUE(attention_.map(id));
    EXPECT_EQ(attention_.map(id)->values,
              testing::FakePattern(tokensOf(text), id.layer, id.head, 300));
  }
  EXPECT_EQ(now(&testing::FakeLab::inspections).size(), 1u);
  // The mean of a layer needs no labd.
  attention_.want({1, kMeanHead});
  ASSERT_TRUE(attention_.map({1, kMeanHead}));
  EXPECT_NEAR(rowSums(*attention_.map({1, kMeanHead}))[9], 1, 1e-5);
  // Nor does going back.
  attention_.look({"12@300", text, false});
  EXPECT_FALSE(attention_.busy());
  EXPECT_EQ(now(&testing::FakeLab::inspections).size(), 1u);
  // A run that goes on may have another one by now.
  attention_.look({"12@300", text, false}, /*fresh=*/true);
  ASSERT_TRUE(settled());
  EXPECT_EQ(now(&testing::FakeLab::inspections).size(), 2u);
}

TEST_F(AttentionTest, AsksForALongTextInPieces) {
  connectLab();
  // 257 bytes: the model might have many heads. It has few, so that all are kept.
  attention_.look({"12@300", std::string(300, 'x'), false});
  ASSERT_TRUE(settled());
  auto asked = now(&testing::FakeLab::inspections);
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_THAT(asked[0].quantities(), ElementsAre("heads"));
  EXPECT_THAT(asked[1].quantities(), ElementsAre("attn.hook_pattern"));
  EXPECT_THAT(asked[1].layers(), ElementsAre(0, 1));
  EXPECT_TRUE(asked[1].positions().empty());
  EXPECT_EQ(attention_.data()->maps.size(), 8u);
  EXPECT_EQ(attention_.data()->thumbs[0].rows, 100);  // every third
  EXPECT_EQ(attention_.received(), attention_.expected());
  // The same text at another step is known: one question.
  attention_.look({"12@600", std::string(300, 'x'), true});
  ASSERT_TRUE(settled());
  asked = now(&testing::FakeLab::inspections);
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_THAT(asked[2].quantities(), ElementsAre("heads", "value_weighted"));
  EXPECT_EQ(now(&testing::FakeLab::opened).size(), 2u);
}

TEST_F(AttentionTest, KeepsSmallMapsOfWhatIsLargeAndReadsTheHeadThatIsLookedAt) {
  connectLab();
  attention_.setLimits(100000, 60000);
  const std::string text(200, 'x');
  attention_.want({1, 3});
  attention_.look({"12@300", text, false});
  ASSERT_TRUE(settled());
  // Scores; the 100 shown queries of one head take 80,000 bytes; 160,000 the head that is wanted.
  auto asked = now(&testing::FakeLab::inspections);
  ASSERT_EQ(asked.size(), 10u);
  EXPECT_THAT(asked[1].layers(), ElementsAre(1));
  EXPECT_THAT(asked[1].heads(), ElementsAre(3));
  EXPECT_TRUE(asked[1].positions().empty());
  EXPECT_EQ(asked[2].positions_size(), 100);
  const AttentionData& data = *attention_.data();
  EXPECT_TRUE(data.whole);
  EXPECT_FALSE(data.keeps_all);
  EXPECT_EQ(data.maps.size(), 1u);
  const auto expected = testing::FakePattern(tokensOf(text), 1, 3, 300);
  EXPECT_EQ(attention_.map({1, 3})->values, expected);
  EXPECT_EQ(data.thumb({1, 3}).values, thumbOf(expected.data(), 200, 200).values);
  // The mean of a layer comes head by head.
  attention_.want({0, kMeanHead});
  ASSERT_TRUE(settled());
  EXPECT_EQ(now(&testing::FakeLab::inspections).size(), 14u);
  ASSERT_TRUE(attention_.map({0, kMeanHead}));
  for (double sum : rowSums(*attention_.map({0, kMeanHead}))) EXPECT_NEAR(sum, 1, 1e-4);
}

TEST_F(AttentionTest, KeepsTheOthersWhereOneHeadIsTooLarge) {
  connectLab();
  attention_.setLimits(100000, 60000);
  fake_.inspect_limit = 200000;  // half of one head's pattern and what it takes to make it
  attention_.look({"12@300", std::string(200, 'x'), false});
  ASSERT_TRUE(settled());
  EXPECT_FALSE(attention_.map({0, 0}));
  EXPECT_THAT(std::string(attention_.mapStatus().message()), HasSubstr("ask for fewer heads"));
  ASSERT_TRUE(attention_.data());
  EXPECT_TRUE(attention_.data()->whole);
  fake_.inspect_limit = 1 << 30;
  attention_.wantAgain();
  ASSERT_TRUE(settled());
  EXPECT_TRUE(attention_.map({0, 0}));
}

TEST_F(AttentionTest, SaysWhyThereIsNothing) {
  connectLab();
  attention_.look({"12@300", std::string(2000, 'x'), false});
  ASSERT_TRUE(settled());
  EXPECT_FALSE(attention_.data());
  EXPECT_THAT(std::string(attention_.status().message()), HasSubstr("holds only 1024"));
  attention_.look({"9", "fox", false});
  ASSERT_TRUE(settled());
  EXPECT_THAT(std::string(attention_.status().message()), HasSubstr("step 100"));
  attention_.look({"12@300", "fox", false});
  ASSERT_TRUE(settled());
  EXPECT_TRUE(attention_.status().ok());
  EXPECT_TRUE(attention_.data());
}

TEST_F(AttentionTest, TellsHowFarTwoStepsAreApart) {
  connectLab();
  Attention other(&lab_.session, &shelf_);
  attention_.look({"12@300", "the fox the fox", false});
  other.look({"12@100", "the fox the fox", false});
  ASSERT_TRUE(until([&] { return !attention_.busy() && !other.busy(); }));
  ASSERT_TRUE(comparable(*attention_.data(), *other.data()).ok());
  const auto scores = differenceScores(*attention_.data(), *other.data());
  ASSERT_EQ(scores.size(), 2u);
  EXPECT_EQ(scores[1].of({1, 2}), 0);  // looks everywhere alike at every step
  EXPECT_GT(scores[1].of({1, 0}), 0.05);
  EXPECT_GT(scores[1].of({1, 0}), scores[0].of({1, 0}));
  other.look({"12@100", "another text", false});
  ASSERT_TRUE(until([&] { return !other.busy(); }));
  EXPECT_FALSE(comparable(*attention_.data(), *other.data()).ok());
}

TEST_F(AttentionTest, StopsAndGoesOn) {
  connectLab();
  fake_.SetTrouble(testing::FakeLab::Trouble::kStall);
  attention_.look({"12@300", "fox", false});
  EXPECT_TRUE(attention_.busy());
  attention_.stop();
  EXPECT_FALSE(attention_.busy());
  fake_.SetTrouble(testing::FakeLab::Trouble::kNone);
  attention_.look({"12@300", "fox", false});
  ASSERT_TRUE(settled());
  EXPECT_TRUE(attention_.data());
}

}  // namespace
}  // namespace lab::gui
