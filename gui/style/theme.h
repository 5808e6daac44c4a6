#pragma once

// Puts the tokens on the application: palette, fonts and one style sheet, light or dark. "System"
// follows the desktop's portal and changes with it. GUI thread.

#include <QFont>
#include <QObject>
#include <QString>

class QApplication;
class QDBusVariant;

namespace lab::gui {

class Theme : public QObject {
  Q_OBJECT
 public:
  enum class Mode { kSystem, kLight, kDark };

  explicit Theme(QApplication* application);

  Mode mode() const { return mode_; }
  bool dark() const { return dark_; }
  void setMode(Mode mode);

  // "system", "light", "dark", and back (kSystem for anything else).
  static QString nameOf(Mode mode);
  static Mode modeOf(const QString& name);

 Q_SIGNALS:
  void changed();

 private Q_SLOTS:
  // The portal's org.freedesktop.portal.Settings.SettingChanged.
  void settingChanged(const QString& space, const QString& key, const QDBusVariant& value);

 private:
  void askPortal();
  void apply();

  QApplication* application_;
  Mode mode_ = Mode::kSystem;
  bool system_dark_ = false;
  bool dark_ = false;
};

// The fixed-width font for tokens, samples, logs and YAML.
QFont monoFont(int pixel_size);

}  // namespace lab::gui
