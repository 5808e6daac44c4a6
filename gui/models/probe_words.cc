#include "gui/models/probe_words.h"

#include <QObject>
#include <cstdlib>

#include "gui/models/words.h"
#include "proto/client/token_text.h"

namespace lab::gui {

QString tokenText(const std::string& bytes) { return q(VisibleText(bytes)); }

QString quotedToken(const std::string& bytes) {
  return QChar(0x201C) + tokenText(bytes) + QChar(0x201D);
}

QStringList tokenTexts(const v1::InspectPlan& plan) {
  QStringList texts;
  for (const v1::InspectToken& token : plan.tokens()) texts << tokenText(token.text());
  return texts;
}

QStringList tokenTexts(const v1::InspectPlan& plan, const InspectedTensor& tensor, int axis) {
  const QStringList all = tokenTexts(plan);
  QStringList texts;
  for (int64_t i = 0; i < tensor.Dim(axis); ++i) texts << all.value(positionAt(tensor, axis, i));
  return texts;
}

QStringList axisTexts(const InspectedTensor& tensor, int axis) {
  QStringList texts;
  for (int64_t i = 0; i < tensor.Dim(axis); ++i) texts << q(tensor.Label(axis, i));
  return texts;
}

int64_t positionAt(const InspectedTensor& tensor, int axis, int64_t index) {
  return std::atoll(tensor.Label(axis, index).c_str());
}

QString pointWords(const QString& point) {
  const QString layer = point.section(QLatin1Char('.'), 0, 0);
  const QString where = point.section(QLatin1Char('.'), 1);
  if (where == QStringLiteral("pre")) return QObject::tr("before layer %1").arg(layer);
  if (where == QStringLiteral("mid")) return QObject::tr("layer %1, after attention").arg(layer);
  if (where == QStringLiteral("post")) {
    return QObject::tr("layer %1, after feed-forward").arg(layer);
  }
  return point;
}

}  // namespace lab::gui
