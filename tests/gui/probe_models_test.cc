// What the views of a text in a model are made of, against small answers written by hand.

#include <gmock/gmock.h>

#include <QAbstractItemModelTester>
#include <cmath>
#include <limits>

#include "gui/models/change_table.h"
#include "gui/models/lens_grid.h"
#include "gui/models/logit_parts.h"
#include "gui/models/pca_points.h"
#include "gui/models/probe_words.h"
#include "gui/models/stream_facts.h"
#include "gui/models/two_models.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

InspectedTensor& addTensor(Inspection* look, const char* name, const std::vector<int64_t>& shape) {
  InspectedTensor& tensor = look->tensors.emplace_back();
  tensor.facts.set_name(name);
  for (int64_t size : shape) {
    tensor.facts.add_shape(size);
    tensor.facts.add_axes();
  }
  return tensor;
}

void label(InspectedTensor* tensor, int axis, const std::vector<std::string>& labels) {
  for (const std::string& one : labels) tensor->facts.mutable_axes(axis)->add_labels(one);
}

// Tokens a, b, a, … by their ids from 0.
Inspection lookAt(const std::vector<int64_t>& ids) {
  Inspection look;
  for (int64_t id : ids) {
    v1::InspectToken& token = *look.plan.add_tokens();
    token.set_id(id);
    token.set_text(std::string(1, static_cast<char>('a' + id)));
  }
  for (int64_t id = 0; id < 26; ++id) {
    v1::InspectToken& word = *look.summary.add_words();
    word.set_id(id);
    word.set_text(std::string(1, static_cast<char>('a' + id)));
  }
  return look;
}

// Three points, two tokens, two ranks: token 0 is settled from point 1 on, token 1 at once.
std::shared_ptr<Inspection> lensLook() {
  auto look = std::make_shared<Inspection>(lookAt({0, 1}));
  InspectedTensor& ids = addTensor(look.get(), "lens/top_ids", {3, 2, 2});
  label(&ids, 0, {"0.pre", "0.mid", "0.post"});
  ids.integers = {5, 1, 7, 2, 1, 5, 8, 7, 1, 2, 7, 3};
  addTensor(look.get(), "lens/top_probabilities", {3, 2, 2}).floats = {
      0.4F, 0.3F, 0.9F, 0.1F, 0.5F, 0.2F, 0.6F, 0.3F, 0.7F, 0.1F, 0.8F, 0.1F};
  addTensor(look.get(), "lens/next_rank", {3, 2}).integers = {1, -1, 0, -1, 0, -1};
  addTensor(look.get(), "lens/next_probability", {3, 2}).floats = {0.3F, kNan, 0.5F,
                                                                   kNan, 0.7F, kNan};
  addTensor(look.get(), "lens/entropy", {3, 2}).floats = {4, 1, 2, 1, 1, 1};
  addTensor(look.get(), "lens/kl", {3, 2}).floats = {2, 0.5F, 1, 0.5F, 0, 0};
  return look;
}

TEST(LensTest, DepthIsTheFirstPointAtWhichTheEndIsOnTop) {
  const auto look = lensLook();
  // Token 1 said it first, then something else, then it again.
  EXPECT_THAT(lensDepths(*look), ElementsAre(1, 0));
  EXPECT_DOUBLE_EQ(*lensDepth(*look), 0.5);
  EXPECT_FALSE(lensDepth(Inspection()).has_value());
}

TEST(LensTest, GridHasWordsShadesAndCells) {
  LensGrid grid;
  QAbstractItemModelTester tester(&grid);
  EXPECT_EQ(grid.rowCount(), 0);
  grid.show(lensLook());
  ASSERT_EQ(grid.rowCount(), 3);
  ASSERT_EQ(grid.columnCount(), 2);
  EXPECT_EQ(grid.index(1, 0).data().toString(), QStringLiteral("b"));
  EXPECT_FLOAT_EQ(grid.index(1, 0).data(LensGrid::kShade).toFloat(), 0.5F);
  EXPECT_FALSE(grid.index(0, 0).data(LensGrid::kHit).toBool());
  EXPECT_TRUE(grid.index(1, 0).data(LensGrid::kHit).toBool());
  grid.setMeasure(LensGrid::Measure::kNextRank);
  EXPECT_DOUBLE_EQ(grid.index(0, 0).data(LensGrid::kShade).toDouble(), 0.5);
  EXPECT_TRUE(std::isnan(grid.index(0, 1).data(LensGrid::kShade).toDouble()));
  grid.setMeasure(LensGrid::Measure::kKl);
  EXPECT_DOUBLE_EQ(grid.index(1, 0).data(LensGrid::kShade).toDouble(), std::sqrt(0.5));
  const LensGrid::Cell cell = grid.cell(1, 0);
  EXPECT_EQ(cell.next, "b");
  EXPECT_EQ(cell.next_rank, 0);
  EXPECT_EQ(cell.top[1].text, "f");
  EXPECT_EQ(grid.cell(2, 1).next_rank, -1);
  EXPECT_EQ(grid.cell(2, 1).next, "");
}

TEST(LensTest, GridTakesAnotherModelsShadesOff) {
  auto other = std::make_shared<Inspection>(*lensLook());
  for (InspectedTensor& tensor : other->tensors) {
    if (tensor.facts.name() == "lens/top_ids") tensor.integers[0] += 1;
    if (tensor.facts.name() == "lens/top_probabilities") tensor.floats[0] = 0.9F;
    if (tensor.facts.name() == "lens/kl") tensor.floats[0] = 8;
  }
  LensGrid grid;
  QAbstractItemModelTester tester(&grid);
  grid.show(lensLook(), other);
  EXPECT_NEAR(grid.index(0, 0).data(LensGrid::kShade).toDouble(), 0.4 - 0.9, 1e-6);
  EXPECT_EQ(grid.index(1, 0).data(LensGrid::kShade).toDouble(), 0);
  EXPECT_TRUE(grid.index(0, 0).data(LensGrid::kOther).toBool());
  EXPECT_FALSE(grid.index(1, 0).data(LensGrid::kOther).toBool());
  // One scale for both, that of the greatest.
  grid.setMeasure(LensGrid::Measure::kKl);
  EXPECT_NEAR(grid.index(0, 0).data(LensGrid::kShade).toDouble(), std::sqrt(2.0 / 8) - 1, 1e-6);
  EXPECT_EQ(grid.cell(0, 0).kl, 2);
  EXPECT_EQ(grid.otherCell(0, 0).kl, 8);
}

TEST(LogitPartsTest, SumToTheLogit) {
  Inspection look = lookAt({0, 1, 2});
  addTensor(&look, "attribution/targets", {1}).integers = {3};
  addTensor(&look, "attribution/logits", {1}).floats = {2.5F};
  InspectedTensor& parts = addTensor(&look, "attribution/components", {1, 4});
  label(&parts, 0, {"2"});
  label(&parts, 1, {"embed", "0.attn", "0.mlp", "bias"});
  parts.floats = {0.5F, -1.5F, 3.25F, 0.25F};
  addTensor(&look, "attribution/heads", {1, 1, 2}).floats = {-2, 0.25F};
  addTensor(&look, "attribution/head_biases", {1, 1}).floats = {0.25F};
  const LogitParts found = logitPartsOf(look);
  EXPECT_EQ(found.position, 2);
  EXPECT_EQ(found.word, "d");
  EXPECT_DOUBLE_EQ(found.sum, 2.5);
  EXPECT_DOUBLE_EQ(found.logit, 2.5);
  EXPECT_EQ(found.layers, 1);
  EXPECT_THAT(found.head_values, ElementsAre(-2, 0.25F));
  // Heads and bias make the attention.
  EXPECT_DOUBLE_EQ(found.head_values[0] + found.head_values[1] + found.attention_biases[0],
                   found.parts[1].value);

  LogitPartTable table;
  QAbstractItemModelTester tester(&table);
  table.show(found.parts);
  EXPECT_EQ(table.index(0, LogitPartTable::kName).data().toString(), QStringLiteral("embed"));
  EXPECT_DOUBLE_EQ(table.index(1, LogitPartTable::kBar).data(LogitPartTable::kShare).toDouble(),
                   -1.5 / 3.25);
  table.setSorted(true);
  EXPECT_EQ(table.index(0, LogitPartTable::kName).data().toString(), QStringLiteral("0.mlp"));
  EXPECT_EQ(table.index(3, LogitPartTable::kName).data().toString(), QStringLiteral("bias"));
}

TEST(LogitPartsTest, OfTwoModelsAreTheirDifference) {
  LogitPartTable table;
  QAbstractItemModelTester tester(&table);
  table.show({{QStringLiteral("embed"), 3}, {QStringLiteral("bias"), 1}},
             {{QStringLiteral("embed"), 2}, {QStringLiteral("bias"), 5}}, QStringLiteral("12@600"),
             QStringLiteral("12@300"));
  ASSERT_EQ(table.columnCount(), LogitPartTable::kColumns);
  EXPECT_EQ(table.index(1, LogitPartTable::kValue).data().toString(), number(-4));
  EXPECT_EQ(table.index(1, LogitPartTable::kHere).data().toString(), number(1));
  EXPECT_EQ(table.index(1, LogitPartTable::kThere).data().toString(), number(5));
  EXPECT_EQ(table.headerData(LogitPartTable::kThere, Qt::Horizontal, Qt::DisplayRole).toString(),
            QStringLiteral("12@300"));
  EXPECT_DOUBLE_EQ(table.index(0, LogitPartTable::kBar).data(LogitPartTable::kShare).toDouble(),
                   0.25);
  table.show({{QStringLiteral("embed"), 3}});
  EXPECT_EQ(table.columnCount(), LogitPartTable::kHere);
}

Inspection residualLook() {
  Inspection look = lookAt({0, 1});
  InspectedTensor& norm = addTensor(&look, "residual/norm", {3, 2});
  label(&norm, 0, {"0.pre", "0.mid", "0.post"});
  norm.floats = {1, 3, 2, 4, 10, 6};
  InspectedTensor& attention = addTensor(&look, "residual/attn_norm", {1, 2});
  label(&attention, 0, {"0"});
  attention.floats = {1, 2};
  addTensor(&look, "residual/mlp_norm", {1, 2}).floats = {5, 6};
  InspectedTensor& first = addTensor(&look, "residual/first_token", {3});
  label(&first, 0, {"0.pre", "0.mid", "0.post"});
  first.floats = {kNan, 0.5F, 1.75F};
  addTensor(&look, "residual/massive_places", {1, 3}).integers = {2, 1, 447};
  addTensor(&look, "residual/massive_values", {1, 2}).floats = {-300, 2000};
  return look;
}

TEST(StreamFactsTest, AreMeansOverTheTokensAndWhatStandsOut) {
  const StreamFacts facts = streamFactsOf(residualLook());
  EXPECT_THAT(facts.norm, ElementsAre(2, 3, 8));
  EXPECT_THAT(facts.attention, ElementsAre(1.5));
  EXPECT_THAT(facts.mlp, ElementsAre(5.5));
  EXPECT_EQ(facts.outlier_point, QStringLiteral("0.post"));
  EXPECT_DOUBLE_EQ(*facts.outlier, 1.75);
  MassiveTable table;
  QAbstractItemModelTester tester(&table);
  table.show(residualLook());
  ASSERT_EQ(table.rowCount(), 1);
  QStringList row;
  for (int i = 0; i < MassiveTable::kColumns; ++i) row << table.index(0, i).data().toString();
  EXPECT_THAT(
      row, ElementsAre(QStringLiteral("0.post"), QString::fromUtf8("1 “b”"), QStringLiteral("447"),
                       number(-300), number(2000) + QString::fromUtf8(" ×")));
}

TEST(StreamFactsTest, OfTwoModelsAreApartPointByPoint) {
  const Inspection look = residualLook();
  Inspection other = residualLook();
  for (InspectedTensor& tensor : other.tensors) {
    if (tensor.facts.name() == "residual/norm") tensor.floats = {1, 3, 5, 4, 9, 9};
  }
  const PointDifferences apart =
      pointDifferences(*look.Find("residual/norm"), *other.Find("residual/norm"));
  EXPECT_THAT(apart.mean, ElementsAre(0, 1.5, 2));
  EXPECT_THAT(apart.most, ElementsAre(0, 3, 3));
}

LookedAt looked(const char* reference, int64_t layers, int64_t width, std::vector<int64_t> ids) {
  LookedAt at{reference, {}, std::move(ids)};
  at.model.set_layer_count(layers);
  at.model.set_head_count(4);
  at.model.set_width(width);
  return at;
}

TEST(TwoModelsTest, AreComparableWithOneShapeAndOneTokenizer) {
  const LookedAt one = looked("12@600", 2, 64, {1, 2, 3});
  EXPECT_TRUE(comparable(one, looked("3", 2, 64, {1, 2, 3})).ok());
  // A refusal names both.
  EXPECT_EQ(comparable(one, looked("3", 4, 128, {1, 2, 3})).message(),
            "12@600 has 2 layers × 4 heads, 64 wide, 3 has 4 layers × 4 heads, 128 wide");
  EXPECT_EQ(comparable(one, looked("3", 2, 64, {1, 2})).message(),
            "the tokenizers differ: the text is 3 tokens in 12@600, 2 in 3");
}

Inspection pcaLook(const std::vector<int64_t>& ids) {
  Inspection look = lookAt(ids);
  const auto tokens = static_cast<int64_t>(ids.size());
  InspectedTensor& places = addTensor(&look, "pca/places", {2, tokens, 2});
  for (int64_t i = 0; i < 4 * tokens; ++i) places.floats.push_back(static_cast<float>(i));
  addTensor(&look, "pca/shares", {2}).floats = {0.75F, 0.125F};
  InspectedTensor& own = addTensor(&look, "pca/own_places", {2, tokens, 2});
  for (int64_t i = 0; i < 4 * tokens; ++i) own.floats.push_back(static_cast<float>(-i));
  addTensor(&look, "pca/own_shares", {2, 2}).floats = {0.5F, 0.25F, 0.625F, 0.0625F};
  return look;
}

TEST(PcaDotsTest, FollowTheWish) {
  const Inspection look = pcaLook({4, 7, 4});
  PcaDots dots = pcaDotsOf(look, {});
  ASSERT_EQ(dots.dots.size(), 6u);
  EXPECT_DOUBLE_EQ(dots.x_share, 0.75);
  EXPECT_DOUBLE_EQ(dots.y_share, 0.125);
  EXPECT_DOUBLE_EQ(dots.dots[1].x, 6);  // token 0 at point 1
  EXPECT_DOUBLE_EQ(dots.dots[1].y, 7);
  EXPECT_DOUBLE_EQ(dots.dots[4].place, 1);
  PcaWish wish;
  wish.joint = false;
  wish.point = 1;
  wish.x = 1;
  wish.y = 2;  // there are only two
  wish.colour = PcaColour::kToken;
  dots = pcaDotsOf(look, wish);
  ASSERT_EQ(dots.dots.size(), 3u);
  EXPECT_DOUBLE_EQ(dots.dots[0].x, -7);
  EXPECT_DOUBLE_EQ(dots.dots[0].y, 0);
  EXPECT_DOUBLE_EQ(dots.x_share, 0.0625);
  EXPECT_DOUBLE_EQ(dots.y_share, 0);
  EXPECT_THAT(dots.groups, ElementsAre("e"));
  EXPECT_EQ(dots.dots[0].group, 0);
  EXPECT_EQ(dots.dots[1].group, -1);
  EXPECT_EQ(dots.dots[2].group, 0);
}

TEST(PcaDotsTest, LeavesOutTokensEvenlyWhereThereAreTooMany) {
  const PcaDots dots = pcaDotsOf(pcaLook(std::vector<int64_t>(4000, 1)), {});
  EXPECT_LE(dots.dots.size(), static_cast<size_t>(kMostDots));
  EXPECT_GT(dots.dots.size(), static_cast<size_t>(kMostDots) / 2);
  EXPECT_EQ(dots.left_out + static_cast<int64_t>(dots.dots.size()) / 2, 4000);
}

TEST(ChangeTableTest, NamesTheSurestChange) {
  TrainingCurve drift, step, flat;
  drift.name = QStringLiteral("drift");
  step.name = QStringLiteral("head 1.3");
  flat.name = QStringLiteral("flat");
  for (int64_t i = 0; i < 10; ++i) {
    for (TrainingCurve* curve : {&drift, &step, &flat}) curve->steps.push_back(100 * i);
    drift.values.push_back(static_cast<double>(i));
    step.values.push_back(i < 5 ? 0.01 : 0.7);
    flat.values.push_back(1);
  }
  for (TrainingCurve* curve : {&drift, &step, &flat}) {
    curve->change = FindChange(curve->steps, curve->values);
  }
  ChangeTable table;
  QAbstractItemModelTester tester(&table);
  EXPECT_EQ(table.surest(), -1);
  table.show({drift, step, flat});
  EXPECT_EQ(table.surest(), 1);
  EXPECT_EQ(table.sentence(1), QStringLiteral("head 1.3 changes between steps 400 and 500"));
  EXPECT_EQ(table.sentence(2), QString());
  EXPECT_TRUE(table.index(0, ChangeTable::kShare).data().toString().endsWith(QStringLiteral("?")));
  EXPECT_FALSE(table.index(1, ChangeTable::kShare).data().toString().endsWith(QStringLiteral("?")));
  EXPECT_EQ(table.index(2, ChangeTable::kBetween).data().toString(),
            QStringLiteral("all values are the same"));
}

TEST(ProbeWordsTest, SayWhereAPointIs) {
  EXPECT_EQ(pointWords(QStringLiteral("3.pre")), QStringLiteral("before layer 3"));
  EXPECT_EQ(pointWords(QStringLiteral("11.mid")), QStringLiteral("layer 11, after attention"));
  EXPECT_EQ(quotedToken("a\n"), QString::fromUtf8("“a\\n”"));
}

}  // namespace
}  // namespace lab::gui
