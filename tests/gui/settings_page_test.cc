#include "gui/pages/settings_page.h"

#include <QApplication>
#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalSpy>

#include "gui/models/preferences.h"
#include "gui/pages/system_page.h"
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

TEST_F(SettingsPageTest, WritesSizesAsChosenEverywhereAndRemembersIt) {
  fake_.storage.set_total_bytes(3'000'000'000);
  fake_.storage.set_max_bytes(5'000'000'000);
  fake_.storage.set_disk_free_bytes(9'000'000'000);
  connectLab();
  SettingsPage page(&lab_);
  page.show();
  ASSERT_TRUE(until([&] { return says(page, "3.00 GB of the 5.00 GB allowed"); }));
  EXPECT_TRUE(says(page, "no window can change them"));
  SystemPage system(&lab_);
  system.visit({});
  ASSERT_TRUE(until([&] { return says(system, "3.00 GB of 5.00 GB allowed"); }));
  button(page, "by 1 024: 1.40 GiB")->click();
  EXPECT_TRUE(says(page, "2.79 GiB of the 4.66 GiB allowed"));
  EXPECT_TRUE(says(system, "2.79 GiB of 4.66 GiB allowed")) << "other pages follow at once";
  EXPECT_EQ(bytes(1024), QStringLiteral("1.00 KiB"));
  setByteUnits(ByteUnits::kDecimal);
  const Preferences later;
  EXPECT_EQ(later.byte_units(), ByteUnits::kBinary);
  button(page, "by 1 000: 1.50 GB")->click();
  EXPECT_EQ(bytes(1024), QStringLiteral("1.02 kB"));
}

TEST_F(SettingsPageTest, KeepsLimitsAndIgnoresNonsense) {
  QSettings().setValue(QStringLiteral("limits/generations"), QStringLiteral("-3"));
  EXPECT_EQ(Preferences().kept_generations(), Preferences::kKeptGenerations);
  SettingsPage page(&lab_);
  auto box = [&](const char* name) -> QComboBox* {
    for (QComboBox* each : page.findChildren<QComboBox*>()) {
      if (each->accessibleName() == QLatin1String(name)) return each;
    }
    return nullptr;
  };
  QComboBox* points = box("points of a curve in Compare");
  ASSERT_NE(points, nullptr);
  EXPECT_EQ(points->currentData().toInt(), 4000);
  QSignalSpy changed(&lab_.preferences, &Preferences::limitsChanged);
  Q_EMIT points->activated(points->findData(1000));
  Q_EMIT box("texts kept in Generate's history")->activated(0);
  EXPECT_EQ(changed.count(), 2);
  EXPECT_EQ(Preferences().compared_points(), 1000);
  EXPECT_EQ(Preferences().kept_generations(), 10);
}

}  // namespace
}  // namespace lab::gui
