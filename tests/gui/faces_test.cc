// Every page without data, while it waits, when labd refuses, and without a link. With LAB_PICTURES
// set to a folder each of these faces is also drawn there; see scripts/screenshots.

#include "gui/widgets/faces.h"

#include <QDir>
#include <cstdlib>

#include "gui/app/main_window.h"
#include "gui/pages/registry.h"
#include "gui/style/theme.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

using Face = Faces::Face;
using Trouble = testing::FakeLab::Trouble;

class FacesTest : public LabFixture {
 protected:
  FacesTest() {
    lab_.theme = &theme_;
    window_.resize(1280, 800);
    v1::JobType& type = *fake_.catalog.add_job_types();
    type.set_name("pretrain");
    type.set_title("Pretrain a GPT");
  }

  void open(const QString& page) {
    window_.setLab(&lab_);
    window_.go({page});
    window_.show();
  }

  // The face of the outermost part of the page in view that has any; none: content alone.
  Face face() const {
    for (const Faces* faces : window_.page()->findChildren<Faces*>()) {
      if (faces->isVisible()) return faces->face();
    }
    return Face::kContent;
  }

  // Draws the window as it is, light and dark.
  void draw(const QString& page, const char* face) {
    const char* folder = std::getenv("LAB_PICTURES");
    if (folder == nullptr) return;
    for (auto [mode, name] :
         {std::pair{Theme::Mode::kLight, "light"}, std::pair{Theme::Mode::kDark, "dark"}}) {
      theme_.setMode(mode);
      QTest::qWait(400);  // until what is late on purpose is painted
      const QString file = QStringLiteral("%1-%2-%3.png")
                               .arg(page, QString::fromLatin1(face), QString::fromLatin1(name));
      EXPECT_TRUE(window_.grab().save(QDir(QString::fromUtf8(folder)).filePath(file)));
    }
  }

  Theme theme_{qApp};
  MainWindow window_;
};

struct PageFaces {
  const char* page;
  Face empty, loading, refused;
};

void PrintTo(const PageFaces& faces, std::ostream* out) { *out << faces.page; }

class EveryPage : public FacesTest, public ::testing::WithParamInterface<PageFaces> {
 protected:
  QString page() const { return QString::fromLatin1(GetParam().page); }
};

TEST_P(EveryPage, SaysThatThereIsNothingYet) {
  connectLab();
  open(page());
  ASSERT_TRUE(until([this] { return window_.page()->settled(); }));
  EXPECT_EQ(face(), GetParam().empty);
  EXPECT_FALSE(window_.page()->failed());
  draw(page(), "empty");
}

TEST_P(EveryPage, WaitsInPeace) {
  fake_.SetTrouble(Trouble::kStall);
  lab_.session.connectTo(q(fake_.address()));
  ASSERT_TRUE(until([this] { return lab_.session.connected(); }));
  open(page());
  EXPECT_EQ(face(), GetParam().loading);
  draw(page(), "loading");
  fake_.SetTrouble(Trouble::kNone);
  EXPECT_TRUE(until([this] { return window_.page()->settled(); }));
}

TEST_P(EveryPage, SaysWhatLabdRefuses) {
  fake_.SetTrouble(Trouble::kRefuse);
  lab_.session.connectTo(q(fake_.address()));
  ASSERT_TRUE(until([this] { return lab_.session.connected(); }));
  open(page());
  ASSERT_TRUE(until([this] { return face() == GetParam().refused; })) << static_cast<int>(face());
  // Settings asks for nothing.
  ASSERT_TRUE(
      until([this] { return window_.page()->failed() || page() == QStringLiteral("settings"); }));
  draw(page(), "error");
}

TEST_P(EveryPage, KeepsItsDataWithoutALink) {
  connectLab();
  open(page());
  ASSERT_TRUE(until([this] { return window_.page()->settled(); }));
  const Face before = face();
  fake_.Stop();
  ASSERT_TRUE(until([this] { return lab_.session.state() == LabSession::State::kLost; }));
  EXPECT_EQ(face(), before);
  EXPECT_NE(button(window_, "Try now"), nullptr);
  EXPECT_TRUE(button(window_, "Try now")->isVisible());
  draw(page(), "disconnected");
}

// Home and Pretrain offer the first run and the form where others would be empty; System knows its
// machine, and Settings its hosts, without asking for anything.
constexpr PageFaces kPages[] = {
    {"home", Face::kContent, Face::kLoading, Face::kError},
    {"jobs", Face::kEmpty, Face::kLoading, Face::kError},
    {"pretrain", Face::kContent, Face::kLoading, Face::kError},
    {"compare", Face::kEmpty, Face::kLoading, Face::kError},
    {"generate", Face::kEmpty, Face::kLoading, Face::kError},
    {"attention", Face::kEmpty, Face::kLoading, Face::kError},
    {"probing", Face::kEmpty, Face::kLoading, Face::kError},
    {"corpora", Face::kEmpty, Face::kLoading, Face::kError},
    {"checkpoints", Face::kEmpty, Face::kLoading, Face::kError},
    {"system", Face::kContent, Face::kLoading, Face::kContent},
    {"settings", Face::kContent, Face::kContent, Face::kContent},
};

INSTANTIATE_TEST_SUITE_P(Faces, EveryPage, ::testing::ValuesIn(kPages),
                         [](const auto& info) { return std::string(info.param.page); });

TEST(PagesTest, AllStandInTheTableOfFaces) {
  std::vector<std::string> tested, all;
  for (const PageFaces& page : kPages) tested.push_back(page.page);
  for (const PageRow& row : pageRows()) all.push_back(row.id);
  EXPECT_EQ(tested, all);
}

}  // namespace
}  // namespace lab::gui
