#include "gui/style/theme.h"

#include <QApplication>
#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QFile>
#include <QFontDatabase>
#include <QPalette>
#include <QStyleFactory>

#include "gui/style/tokens.h"

// Qt's macro must stand outside of namespaces. A static library's resources come in only so.
static void bringInStyle() { Q_INIT_RESOURCE(style); }

namespace lab::gui {
namespace {

constexpr char kPortal[] = "org.freedesktop.portal.Desktop";
constexpr char kPortalPath[] = "/org/freedesktop/portal/desktop";
constexpr char kPortalSettings[] = "org.freedesktop.portal.Settings";
constexpr char kAppearance[] = "org.freedesktop.appearance";
constexpr char kColorScheme[] = "color-scheme";
constexpr uint kPrefersDark = 1;  // the portal's value

QString text(const char* ascii) { return QString::fromLatin1(ascii); }

// The first family that is installed, else the system's own for this purpose.
QFont fontOf(const char* family, QFontDatabase::SystemFont fallback, int pixel_size) {
  QFont font = QFontDatabase::hasFamily(text(family)) ? QFont(text(family))
                                                      : QFontDatabase::systemFont(fallback);
  font.setPixelSize(pixel_size);
  return font;
}

QPalette paletteOf(const Tokens& tokens) {
  QPalette palette;
  palette.setColor(QPalette::Window, tokens.background);
  palette.setColor(QPalette::WindowText, tokens.text);
  palette.setColor(QPalette::Base, tokens.card);
  palette.setColor(QPalette::AlternateBase, tokens.background);
  palette.setColor(QPalette::Text, tokens.text);
  palette.setColor(QPalette::Button, tokens.card);
  palette.setColor(QPalette::ButtonText, tokens.text);
  palette.setColor(QPalette::ToolTipBase, tokens.card);
  palette.setColor(QPalette::ToolTipText, tokens.text);
  palette.setColor(QPalette::PlaceholderText, tokens.faint);
  palette.setColor(QPalette::Highlight, tokens.accent);
  palette.setColor(QPalette::HighlightedText, tokens.card);
  palette.setColor(QPalette::Link, tokens.accent);
  palette.setColor(QPalette::Mid, tokens.line);
  palette.setColor(QPalette::Light, tokens.card);
  palette.setColor(QPalette::Dark, tokens.line);
  for (auto role : {QPalette::WindowText, QPalette::Text, QPalette::ButtonText}) {
    palette.setColor(QPalette::Disabled, role, tokens.faint);
  }
  return palette;
}

// lab.qss with its @names replaced.
QString sheetOf(const Tokens& tokens) {
  QFile file(text(":/style/lab.qss"));
  if (!file.open(QIODevice::ReadOnly)) qFatal("the style sheet is not in the program");
  QString sheet = QString::fromUtf8(file.readAll());
  // Of two names that begin alike the longer one comes first.
  const std::pair<const char*, QColor> colors[] = {
      {"@background", tokens.background},
      {"@sidebar", tokens.sidebar},
      {"@card", tokens.card},
      {"@line", tokens.line},
      {"@grid", tokens.grid},
      {"@text", tokens.text},
      {"@dim", tokens.dim},
      {"@faint", tokens.faint},
      {"@accent-ground", tokens.accent_ground},
      {"@accent", tokens.accent},
      {"@good-ground", mixed(tokens.card, tokens.good, 0.12)},
      {"@good", tokens.good},
      {"@warning-ground", mixed(tokens.card, tokens.warning, 0.12)},
      {"@warning", tokens.warning},
      {"@bad-ground", mixed(tokens.card, tokens.bad, 0.12)},
      {"@bad", tokens.bad},
  };
  const std::pair<const char*, int> numbers[] = {
      {"$title", type::kTitle},      {"$value", type::kValue},
      {"$card", type::kCardTitle},   {"$body", type::kBody},
      {"$row", type::kRow},          {"$caption", type::kCaption},
      {"$radius", space::kRadius},   {"$control-radius", space::kControlRadius},
      {"$control", space::kControl},
  };
  for (const auto& [name, color] : colors) sheet.replace(text(name), color.name());
  for (const auto& [name, number] : numbers) sheet.replace(text(name), QString::number(number));
  return sheet;
}

}  // namespace

Theme::Theme(QApplication* application) : application_(application) {
  bringInStyle();
  // What the desktop gave the program, before anything is changed.
  system_dark_ = application->palette().color(QPalette::Window).lightness() < 128;
  application->setStyle(QStyleFactory::create(text("Fusion")));
  application->setFont(fontOf("Inter", QFontDatabase::GeneralFont, type::kBody));
  apply();
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  bus.connect(text(kPortal), text(kPortalPath), text(kPortalSettings), text("SettingChanged"), this,
              SLOT(settingChanged(QString, QString, QDBusVariant)));
  askPortal();
}

void Theme::setMode(Mode mode) {
  mode_ = mode;
  apply();
}

QString Theme::nameOf(Mode mode) {
  switch (mode) {
    case Mode::kLight:
      return text("light");
    case Mode::kDark:
      return text("dark");
    case Mode::kSystem:
      break;
  }
  return text("system");
}

Theme::Mode Theme::modeOf(const QString& name) {
  if (name == text("light")) return Mode::kLight;
  if (name == text("dark")) return Mode::kDark;
  return Mode::kSystem;
}

void Theme::settingChanged(const QString& space, const QString& key, const QDBusVariant& value) {
  if (space != text(kAppearance) || key != text(kColorScheme)) return;
  system_dark_ = value.variant().toUInt() == kPrefersDark;
  apply();
}

void Theme::askPortal() {
  QDBusMessage question = QDBusMessage::createMethodCall(text(kPortal), text(kPortalPath),
                                                         text(kPortalSettings), text("Read"));
  question << text(kAppearance) << text(kColorScheme);
  auto* watcher =
      new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(question), this);
  connect(watcher, &QDBusPendingCallWatcher::finished, this, [this](QDBusPendingCallWatcher* call) {
    call->deleteLater();
    QDBusPendingReply<QVariant> reply = *call;
    if (reply.isError()) return;  // a desktop without a portal: its palette has spoken
    QVariant value = reply.value();
    if (value.canConvert<QDBusVariant>()) value = value.value<QDBusVariant>().variant();
    system_dark_ = value.toUInt() == kPrefersDark;
    apply();
  });
}

void Theme::apply() {
  const bool dark = mode_ == Mode::kDark || (mode_ == Mode::kSystem && system_dark_);
  if (!application_->styleSheet().isEmpty() && dark == dark_) return;
  dark_ = dark;
  const Tokens& tokens = dark ? darkTokens() : lightTokens();
  application_->setPalette(paletteOf(tokens));
  application_->setStyleSheet(sheetOf(tokens));
  Q_EMIT changed();
}

QFont monoFont(int pixel_size) {
  return fontOf("JetBrains Mono", QFontDatabase::FixedFont, pixel_size);
}

}  // namespace lab::gui
