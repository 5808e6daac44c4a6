// lab-gui: the desktop. See app/main_window.h.

#include <QApplication>
#include <QSettings>
#include <algorithm>
#include <iostream>
#include <string_view>

#include "core/base/places.h"
#include "core/base/version.h"
#include "gui/app/icon.h"
#include "gui/app/main_window.h"
#include "gui/app/options.h"
#include "gui/app/screenshot.h"
#include "gui/models/words.h"
#include "gui/pictures/draw.h"
#include "gui/style/theme.h"

namespace {

// A picture needs no screen, and shows no window where there is one.
bool wantsPicture(int argc, char** argv) {
  return std::any_of(argv + 1, argv + argc, [](std::string_view word) {
    return word == "--picture" || word.starts_with("--picture=");
  });
}

// Always light unless asked otherwise: it leaves this desktop. What the window was left with does
// not count.
int takePicture(const lab::gui::Options& options, lab::gui::Theme* theme) {
  theme->setMode(options.theme.value_or(lab::gui::Theme::Mode::kLight));
  lab::gui::Lab lab;
  lab.theme = theme;
  lab.session.connectTo(options.host);
  const absl::Status status =
      lab::gui::writePicture(&lab, options.wish, options.size, options.picture);
  if (status.ok()) return 0;
  std::cerr << "lab-gui: " << status.message() << std::endl;
  return absl::IsInvalidArgument(status) ? 2 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc > 0 && wantsPicture(argc, argv)) qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication application(argc, argv);
  QApplication::setApplicationName(QStringLiteral("lab-gui"));
  QApplication::setApplicationDisplayName(QStringLiteral("LLM Learning Lab"));
  QApplication::setOrganizationName(QStringLiteral("desktop"));  // the settings' folder
  QApplication::setDesktopFileName(QStringLiteral("lab-gui"));
  absl::StatusOr<lab::gui::Options> options = lab::gui::parseOptions(QApplication::arguments());
  if (!options.ok()) {
    std::cerr << "lab-gui: " << options.status().message() << std::endl;
    return 2;
  }
  if (options->help) {
    std::cout << lab::gui::helpText().toStdString();
    return 0;
  }
  if (options->version) {
    std::cout << "lab-gui " << lab::kLabVersion << std::endl;
    return 0;
  }
  absl::StatusOr<lab::Places> places = lab::FindPlaces();
  if (!places.ok()) {
    std::cerr << "lab-gui: " << places.status().message() << std::endl;
    return 1;
  }
  // Beside the other programs' configuration, so that LAB_HOME moves it, too.
  QSettings::setPath(QSettings::IniFormat, QSettings::UserScope,
                     lab::gui::q(places->config.string()));
  QSettings::setDefaultFormat(QSettings::IniFormat);

  lab::gui::Theme theme(&application);
  if (!options->picture.isEmpty()) return takePicture(*options, &theme);
  QApplication::setWindowIcon(lab::gui::windowIcon());
  QSettings settings;
  theme.setMode(options->theme.value_or(
      lab::gui::Theme::modeOf(settings.value(QStringLiteral("theme")).toString())));
  // Outlives the window, whose pages show it.
  std::unique_ptr<lab::gui::Lab> lab;
  lab::gui::MainWindow window;
  auto show = [&](const QString& host) {
    auto next = std::make_unique<lab::gui::Lab>();
    next->theme = &theme;
    window.setLab(next.get());
    lab = std::move(next);
    lab->session.connectTo(host);
  };
  // Not within the slot of a page that goes meanwhile.
  QObject::connect(&window, &lab::gui::MainWindow::hostChosen, &window, show, Qt::QueuedConnection);
  if (!options->size.isEmpty()) window.resize(options->size);
  QString page = options->page;
  if (page.isEmpty()) page = settings.value(QStringLiteral("window/page")).toString();
  // A host that is given, here or by LAB_HOST, goes before the one that was shown last.
  QString host = options->host;
  if (host.isEmpty() && lab::ProcessEnvironment("LAB_HOST").empty()) {
    host = settings.value(QStringLiteral("host")).toString();
  }
  show(host);
  window.go({page, options->job});
  window.show();
  if (!options->screenshot.isEmpty()) {
    return lab::gui::takeScreenshot(&window, options->screenshot);
  }
  return QApplication::exec();
}
