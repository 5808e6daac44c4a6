#include "gui/pictures/draw.h"

#include <QLabel>
#include <QTableView>
#include <set>

#include "core/base/file.h"
#include "gui/models/probe.h"
#include "gui/pictures/registry.h"
#include "gui/widgets/lens_view.h"
#include "tests/client/fake_inspect.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr char kText[] = "the fox saw a bird. the fox saw a bird.";

class PictureTest : public LabFixture {
 protected:
  PictureTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    for (int64_t step : {0, 100, 200, 400, 800, 1600}) job.add_checkpoints()->set_step(step);
  }

  static PictureWish wish(const char* view) {
    PictureWish wish;
    wish.view = QString::fromLatin1(view);
    wish.reference = wish.view == QStringLiteral("training") ? "12" : "12@800";
    wish.text = kText;
    return wish;
  }

  absl::StatusOr<QImage> draw(const PictureWish& wish, QSize size = {}) {
    lab_.session.connectTo(q(fake_.address()));
    return drawPicture(&lab_, wish, size);
  }

  std::string refusal(const PictureWish& wish) {
    return std::string(draw(wish).status().message());
  }

  // How many colours there are below the title.
  static size_t coloursOf(const QImage& picture) {
    std::set<QRgb> colours;
    for (int y = picture.height() / 4; y < picture.height(); y += 3) {
      for (int x = 0; x < picture.width(); x += 3) colours.insert(picture.pixel(x, y));
    }
    return colours.size();
  }
};

TEST_F(PictureTest, DrawsEveryView) {
  for (const PictureRow& row : pictureRows()) {
    SCOPED_TRACE(row.id);
    const auto picture = draw(wish(row.id));
    ASSERT_TRUE(picture.ok()) << picture.status();
    // Twice the pixels of the screen.
    EXPECT_EQ(picture->devicePixelRatio(), 2);
    EXPECT_GE(picture->width(), 1440);
    EXPECT_GE(picture->height(), 400);
    EXPECT_GT(coloursOf(*picture), 8u);
  }
}

TEST_F(PictureTest, AsksForWhatIsChosenOnly) {
  PictureWish one = wish("attention");
  one.selection.add_layers(1);
  one.selection.add_heads(3);
  one.selection.add_positions(5);
  one.selection.set_max_bytes(1 << 20);
  ASSERT_TRUE(draw(one).ok());
  std::lock_guard lock(fake_.mutex);
  ASSERT_EQ(fake_.inspections.size(), 2u);
  const v1::InspectRequest& patterns = fake_.inspections[1];
  EXPECT_THAT(patterns.quantities(), ElementsAre("attn.hook_pattern"));
  EXPECT_THAT(patterns.layers(), ElementsAre(1));
  EXPECT_THAT(patterns.heads(), ElementsAre(3));
  EXPECT_THAT(patterns.positions(), ElementsAre(5));
  EXPECT_EQ(patterns.max_bytes(), 1 << 20);
  EXPECT_EQ(fake_.inspections[0].positions_size(), 0);  // scores are of the whole text
}

TEST_F(PictureTest, ALogitIsTakenApartAfterTheChosenToken) {
  PictureWish one = wish("attribution");
  one.selection.add_positions(3);
  one.selection.set_target('x');
  ASSERT_TRUE(draw(one).ok());
  {
    std::lock_guard lock(fake_.mutex);
    EXPECT_THAT(fake_.inspections.at(1).positions(), ElementsAre(3));
    EXPECT_EQ(fake_.inspections.at(1).target(), 'x');
  }
  one.selection.add_positions(4);
  EXPECT_THAT(refusal(one), HasSubstr("give one position"));
}

TEST_F(PictureTest, HasTheSizeThatIsAskedForOrMore) {
  const auto picture = draw(wish("cosines"), QSize(900, 500));
  ASSERT_TRUE(picture.ok()) << picture.status();
  EXPECT_EQ(picture->size(), QSize(1800, 1000));
  const auto natural = draw(wish("cosines"));
  ASSERT_TRUE(natural.ok()) << natural.status();
  EXPECT_GT(natural->width(), 1800);
}

TEST_F(PictureTest, ALongLensGoesOnBelow) {
  lab_.session.connectTo(q(fake_.address()));
  ASSERT_TRUE(until([this] { return lab_.session.connected(); }));
  Probe probe(&lab_.session);
  LensView view;
  probe.setSubject("12@800", std::string(50, 'a'));
  probe.want(view.questions(probe));
  ASSERT_TRUE(until([&] { return probe.complete() && !probe.busy(); }));
  view.take(probe, {});
  view.makeStill();
  // Every column is shown in one of the tables, in its whole width.
  std::set<int> shown;
  for (const QTableView* table : view.findChildren<QTableView*>()) {
    if (table->isHidden()) continue;
    int width = 0;
    for (int column = 0; column < 50; ++column) {
      if (table->isColumnHidden(column)) continue;
      EXPECT_TRUE(shown.insert(column).second);
      width += table->columnWidth(column);
    }
    EXPECT_GE(table->width(), width);
  }
  EXPECT_EQ(shown.size(), 50u);
}

TEST_F(PictureTest, RefusesWhatHasNoPicture) {
  EXPECT_THAT(refusal(wish("hook_mlp_out")), HasSubstr("there are pictures of heads, attention"));
  PictureWish heads = wish("heads");
  heads.selection.add_positions(1);
  EXPECT_THAT(refusal(heads), HasSubstr("whole text"));
  heads = wish("heads");
  heads.sort = QStringLiteral("cleverness");
  EXPECT_THAT(refusal(heads), HasSubstr("no score cleverness"));
  heads = wish("heads");
  heads.selection.add_layers(7);
  EXPECT_THAT(refusal(heads), HasSubstr("there is no layer 7; there are 2, from 0 to 1"));
  PictureWish training = wish("training");
  training.selection.add_layers(0);
  EXPECT_THAT(refusal(training), HasSubstr("all heads and the whole text"));
  training = wish("training");
  training.reference = "/a/folder";
  EXPECT_THAT(refusal(training), HasSubstr("is a job"));
  training = wish("training");
  training.sort = QStringLiteral("cleverness");
  EXPECT_THAT(refusal(training), HasSubstr("no score cleverness"));
}

TEST_F(PictureTest, LabdsRefusalComesThrough) {
  PictureWish gone = wish("lens");
  gone.reference = "9";
  const absl::Status missing = draw(gone).status();
  EXPECT_TRUE(absl::IsNotFound(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr("job 9 has no checkpoint yet"));
  {
    std::lock_guard lock(fake_.mutex);
    fake_.inspect_limit = 100;
  }
  for (const char* view : {"heads", "attention", "residual"}) {
    EXPECT_TRUE(absl::IsResourceExhausted(draw(wish(view)).status())) << view;
  }
}

TEST_F(PictureTest, AFileIsWholeOrAsItWas) {
  const std::string file = (fake_.folder() / "x.png").string();
  ASSERT_TRUE(WriteFileAtomically(file, "old").ok());
  lab_.session.connectTo(q(fake_.address()));
  EXPECT_FALSE(writePicture(&lab_, wish("nothing"), {}, q(file)).ok());
  EXPECT_EQ(*ReadFile(file), "old");
  ASSERT_TRUE(writePicture(&lab_, wish("residual"), {}, q(file)).ok());
  EXPECT_FALSE(QImage(q(file)).isNull());
  EXPECT_FALSE(writePicture(&lab_, wish("residual"), {}, QStringLiteral("/no/where.png")).ok());
}

TEST_F(PictureTest, WithoutLabdItEnds) {
  lab_.session.connectTo(QStringLiteral("unix:/nowhere/labd.sock"));
  EXPECT_FALSE(drawPicture(&lab_, wish("lens"), {}).ok());
}

}  // namespace
}  // namespace lab::gui
