#include "gui/pages/generate_page.h"

#include <QPlainTextEdit>

#include "gui/widgets/model_pane.h"
#include "gui/widgets/reference_box.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class GeneratePageTest : public LabFixture {
 protected:
  GeneratePageTest() {
    v1::Job& job = fake_.AddJob(12, v1::Job::SUCCEEDED);
    job.add_checkpoints()->set_step(600);
    v1::Token& token = *fake_.generated.emplace_back().mutable_token();
    token.set_text(" upon");
    token.set_probability(0.25);
    fake_.generated.emplace_back().mutable_summary()->set_text(" upon");
  }

  void open(GeneratePage* page) {
    connectLab();
    page->resize(1000, 760);
    page->show();
    page->visit({QStringLiteral("generate"), 0, QStringLiteral("12@600")});
    ASSERT_TRUE(until([page] { return page->settled(); }));
  }

  size_t asked() {
    std::lock_guard lock(fake_.mutex);
    return fake_.generations.size();
  }
};

TEST_F(GeneratePageTest, GeneratesByKeyWithBothModelsOnOneSeed) {
  GeneratePage page(&lab_);
  open(&page);
  auto panes = page.findChildren<ModelPane*>();
  ASSERT_EQ(panes.size(), 2);
  EXPECT_EQ(panes[0]->reference()->reference(), QStringLiteral("12@600"));
  button(page, "Two models")->setChecked(true);
  panes[1]->reference()->setReference(QStringLiteral("12"));
  auto* prompt = page.findChild<QPlainTextEdit*>();
  prompt->setPlainText(QStringLiteral("Once"));
  QTest::keyClick(prompt, Qt::Key_Return, Qt::ControlModifier);
  ASSERT_TRUE(until([&] { return asked() == 2 && page.settled(); }));
  EXPECT_FALSE(page.failed());
  EXPECT_EQ(panes[0]->text(), QStringLiteral("Once upon"));
  EXPECT_EQ(panes[1]->text(), QStringLiteral("Once upon"));
  EXPECT_EQ(prompt->toPlainText(), QStringLiteral("Once"));  // the key typed nothing
  {
    std::lock_guard lock(fake_.mutex);
    ASSERT_TRUE(fake_.generations[0].has_seed());
    EXPECT_EQ(fake_.generations[0].seed(), fake_.generations[1].seed());
    EXPECT_EQ(fake_.generations[0].alternatives(), 5);
  }
  // It is remembered, with both texts.
  GenerateHistory history(GenerateHistory::defaultFile());
  ASSERT_EQ(history.entries().size(), 1u);
  EXPECT_EQ(history.entries()[0].texts.size(), 2);
  // Leaving the page frees both models.
  page.hide();
  EXPECT_TRUE(until([this] {
    std::lock_guard lock(fake_.mutex);
    return fake_.closed.size() == 2;
  }));
}

TEST_F(GeneratePageTest, ShowsWhyNothingWasGenerated) {
  GeneratePage page(&lab_);
  open(&page);
  page.visit({QStringLiteral("generate"), 0, QStringLiteral("9")});
  button(page, "Generate")->click();
  ASSERT_TRUE(until([&] { return page.failed(); }));
  EXPECT_TRUE(page.settled());
  EXPECT_FALSE(button(page, "Stop")->isEnabled());
}

}  // namespace
}  // namespace lab::gui
