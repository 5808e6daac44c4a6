#include "gui/app/notify.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCall>
#include <QStringList>
#include <QVariantMap>

namespace lab::gui {

void notify(const QString& title, const QString& text) {
  QDBusConnection bus = QDBusConnection::sessionBus();
  if (!bus.isConnected()) return;
  const QString name = QStringLiteral("org.freedesktop.Notifications");
  QDBusMessage message = QDBusMessage::createMethodCall(
      name, QStringLiteral("/org/freedesktop/Notifications"), name, QStringLiteral("Notify"));
  // Application, id to replace, icon, summary, body, actions, hints, timeout (-1: the desktop's).
  message << QStringLiteral("LLM Learning Lab") << 0u << QStringLiteral("lab-gui") << title << text
          << QStringList() << QVariantMap() << -1;
  bus.asyncCall(message);
}

}  // namespace lab::gui
