// The form against a labd that answers from a test's hands.

#include "gui/widgets/config_form.h"

#include <gmock/gmock.h>

#include <QAbstractItemModel>
#include <QComboBox>
#include <QCompleter>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>
#include <QTest>

#include "gui/models/lab.h"
#include "gui/pages/pretrain_page.h"
#include "gui/widgets/field_editor.h"
#include "gui/widgets/new_run.h"
#include "tests/client/fake_lab.h"
#include "tests/gui/form_catalog.h"

namespace lab::gui {
namespace {

constexpr int kPatienceMs = 30000;

// Runs the event loop until `holds`, or gives up.
bool waitFor(const std::function<bool()>& holds) { return QTest::qWaitFor(holds, kPatienceMs); }

class ConfigFormTest : public ::testing::Test {
 protected:
  ConfigFormTest() {
    fake_.catalog = formCatalog();
    fake_.check.set_resolved("type: pretrain\nmodel:\n  layers: 6\n");
    fake_.check.set_member_count(1);
    lab_.session.connectTo(QString::fromStdString(fake_.address()));
    new_run_.resize(1040, 700);
    new_run_.show();
    QObject::connect(&new_run_, &NewRun::said, [this](const QString& text) { said_ << text; });
  }

  FieldEditor* editor(const char* field) { return new_run_.form()->editor(field); }
  QLineEdit* edit(const char* field) { return qobject_cast<QLineEdit*>(editor(field)->control()); }
  void answer(const v1::CheckReport& report) {
    std::lock_guard lock(fake_.mutex);
    fake_.check = report;
  }

  QStringList said_;
  lab::testing::FakeLab fake_;
  Lab lab_;
  NewRun new_run_{&lab_};
};

TEST_F(ConfigFormTest, ShowsAnErrorOfTheWorkerAtItsField) {
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  EXPECT_EQ(edit("model.layers")->placeholderText(), QStringLiteral("6"));
  v1::CheckReport refusal;
  v1::FieldError* error = refusal.add_errors();
  error->set_field("model.layers");
  error->set_message("must be at least 1, is 0");
  answer(refusal);
  QTest::keyClicks(edit("model.layers"), QStringLiteral("0"));
  ASSERT_TRUE(waitFor([this] {
    return editor("model.layers")->lineText() == QStringLiteral("must be at least 1, is 0");
  }));
  EXPECT_EQ(edit("model.layers")->property("state").toString(), QStringLiteral("error"));

  answer({});
  QTest::keyClick(edit("model.layers"), Qt::Key_Backspace);
  QTest::keyClicks(edit("model.layers"), QStringLiteral("4"));
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  EXPECT_EQ(editor("model.layers")->lineText(), QStringLiteral("about model.layers"));
  EXPECT_EQ(edit("model.layers")->property("state").toString(), QStringLiteral("changed"));
}

TEST_F(ConfigFormTest, QueuesWhatItShows) {
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  QSignalSpy queued(&new_run_, &NewRun::queued);
  QTest::keyClicks(edit("model.layers"), QStringLiteral("4"));
  QTest::keyClick(edit("model.layers"), Qt::Key_Return, Qt::ControlModifier);
  ASSERT_TRUE(waitFor([&] { return queued.count() == 1 || !said_.isEmpty(); }));
  EXPECT_EQ(queued.count(), 1) << said_.join(QLatin1Char('|')).toStdString();
  std::lock_guard lock(fake_.mutex);
  ASSERT_EQ(fake_.created.size(), 1U);
  EXPECT_EQ(fake_.created[0].config().text(), "type: pretrain\nmodel:\n  layers: 4\n");
  EXPECT_NE(fake_.created[0].request_id(), "");
}

TEST_F(ConfigFormTest, BeginsWithTheConfigOfAJob) {
  {
    std::lock_guard lock(fake_.mutex);
    fake_.AddJob(3, v1::Job::SUCCEEDED);
    fake_.config.mutable_submitted()->set_text("type: pretrain\nmodel: {preset: small}\n");
    fake_.config.mutable_submitted()->add_overrides("seed=9");
  }
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  new_run_.startFromJob(3);
  ASSERT_TRUE(waitFor([this] { return edit("seed")->text() == QStringLiteral("9"); }));
  auto* preset = qobject_cast<QComboBox*>(editor("model.preset")->control());
  EXPECT_EQ(preset->currentData().toString(), QStringLiteral("small"));
}

TEST_F(ConfigFormTest, ReachesEveryFieldByTheKeyboard) {
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  for (const char* field : {"model.preset", "model.layers", "data.corpus", "seed", "hold"}) {
    ASSERT_NE(editor(field), nullptr) << field;
    EXPECT_TRUE(editor(field)->control()->focusPolicy() & Qt::TabFocus) << field;
    EXPECT_NE(editor(field)->control()->accessibleName(), QString()) << field;
  }
  EXPECT_TRUE(editor("model.attention")->isHidden() || !editor("model.attention")->isVisible());
  new_run_.form()->reveal(new_run_.model()->indexOf("model.attention"));
  EXPECT_TRUE(editor("model.attention")->isVisible());
}

TEST_F(ConfigFormTest, OffersTheCorporaThatLabdKnowsAndKeepsFreeText) {
  fake_.corpora.add_corpora()->set_name("stories");
  fake_.corpora.add_corpora()->set_name("my notes");
  ASSERT_TRUE(waitFor([this] { return new_run_.settled(); }));
  QLineEdit* corpus = edit("data.corpus");
  ASSERT_NE(corpus->completer(), nullptr);
  ASSERT_TRUE(waitFor([&] { return corpus->completer()->model()->rowCount() == 2; }));
  EXPECT_EQ(edit("sample.prompt")->completer(), nullptr) << "a prompt is no corpus";
  // Typing a part of the name offers it; choosing it fills the form.
  corpus->setFocus();
  corpus->selectAll();
  QTest::keyClicks(corpus, QStringLiteral("not"));
  ASSERT_EQ(corpus->completer()->completionCount(), 1);
  Q_EMIT corpus->completer()->activated(corpus->completer()->currentCompletion());
  const auto value = [this] {
    return new_run_.model()->fields()[new_run_.model()->indexOf("data.corpus")].value;
  };
  EXPECT_EQ(value(), QStringLiteral("my notes"));
  corpus->selectAll();
  QTest::keyClicks(corpus, QStringLiteral("/texts/own.txt"));
  EXPECT_EQ(value(), QStringLiteral("/texts/own.txt"));
}

TEST(FieldEditor, TakesAPathOfAnotherMachineAsWordsOnly) {
  v1::Field spec;
  spec.set_name("data.corpus");
  spec.set_type("string");
  spec.set_path(true);
  FieldEditor editor(formField(spec));
  auto* line = qobject_cast<QLineEdit*>(editor.control());
  auto browse = [&editor]() -> QPushButton* {
    for (QPushButton* button : editor.findChildren<QPushButton*>()) {
      if (button->text() == QStringLiteral("…")) return button;
    }
    return nullptr;
  };
  ASSERT_NE(browse(), nullptr);
  EXPECT_FALSE(browse()->isHidden());
  editor.setOffers({{QStringLiteral("stories")}, QStringLiteral("box (10.0.0.5:7733)")});
  EXPECT_TRUE(browse()->isHidden()) << "its dialog would show this machine's files";
  EXPECT_EQ(line->placeholderText(), QStringLiteral("a name, or a path on box (10.0.0.5:7733)"));
  EXPECT_TRUE(line->toolTip().contains(QStringLiteral("box")));
  editor.setOffers({{}, {}});
  EXPECT_FALSE(browse()->isHidden());
  EXPECT_FALSE(line->placeholderText().contains(QStringLiteral("box")));
}

}  // namespace
}  // namespace lab::gui
