#include "gui/pages/settings_page.h"

#include <QApplication>
#include <QLineEdit>
#include <QPushButton>

#include "gui/style/theme.h"
#include "tests/gui/lab_fixture.h"

namespace lab::gui {
namespace {

class SettingsPageTest : public LabFixture {
 protected:
  std::filesystem::path hostsFile() { return FindPlaces()->hosts(); }

  static bool says(const QWidget& page, const char* text) {
    for (QLabel* label : page.findChildren<QLabel*>()) {
      if (label->text().contains(QLatin1String(text))) return true;
    }
    return false;
  }
};

TEST_F(SettingsPageTest, SwitchesTheThemeAndRemembersIt) {
  Theme theme(qApp);
  lab_.theme = &theme;
  SettingsPage page(&lab_);
  button(page, "dark")->click();
  EXPECT_EQ(theme.mode(), Theme::Mode::kDark);
  EXPECT_EQ(QSettings().value(QStringLiteral("theme")).toString(), QStringLiteral("dark"));
  button(page, "light")->click();
  EXPECT_EQ(theme.mode(), Theme::Mode::kLight);
}

TEST_F(SettingsPageTest, ListsKnownMachinesSwitchesAndForgets) {
  std::filesystem::create_directories(hostsFile().parent_path());
  ASSERT_TRUE(SaveHost(hostsFile(), {.name = "box", .address = "ssh://me@box"}).ok());
  SettingsPage page(&lab_);
  EXPECT_TRUE(says(page, "ssh://me@box"));
  button(page, "Forget")->click();
  EXPECT_TRUE(ReadHosts(hostsFile())->empty());
  EXPECT_TRUE(says(page, "labd token revoke"));
}

TEST_F(SettingsPageTest, SaysWhatIsWrongWithANewMachine) {
  SettingsPage page(&lab_);
  auto fields = page.findChildren<QLineEdit*>();
  for (QLineEdit* field : fields) {
    if (field->accessibleName() == QStringLiteral("address")) {
      field->setText(QStringLiteral("box:7733"));
    }
  }
  QPushButton* go = button(page, "Connect");
  go->click();  // without a name
  EXPECT_FALSE(go->isEnabled());
  ASSERT_TRUE(until([go] { return go->isEnabled(); }));
  EXPECT_TRUE(says(page, "name"));
  EXPECT_TRUE(ReadHosts(hostsFile())->empty());
}

}  // namespace
}  // namespace lab::gui
