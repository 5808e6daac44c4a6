#include "gui/models/generate_history.h"

#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSettings>

#include "core/base/file.h"
#include "gui/models/words.h"

namespace lab::gui {
namespace {

QString key(const char* name) { return QString::fromLatin1(name); }

QString cut(const QString& text) { return text.left(GenerateHistory::kTextLength); }

QJsonObject toJson(const GenerateEntry& entry) {
  const v1::GenerateRequest& settings = entry.settings;
  QJsonArray stops;
  for (const std::string& stop : settings.stop()) stops.append(q(stop));
  return {
      {key("time"), entry.time.toUTC().toString(Qt::ISODateWithMs)},
      {key("prompt"), cut(q(settings.prompt()))},
      {key("max_tokens"), static_cast<qint64>(settings.max_tokens())},
      {key("temperature"), settings.temperature()},
      {key("top_k"), static_cast<qint64>(settings.top_k())},
      {key("top_p"), settings.top_p()},
      // As text: JSON's numbers do not hold all seeds.
      {key("seed"), settings.has_seed() ? QString::number(settings.seed()) : QString()},
      {key("stop"), stops},
      {key("references"), QJsonArray::fromStringList(entry.references)},
      {key("texts"), QJsonArray::fromStringList(entry.texts)},
  };
}

QStringList stringsOf(const QJsonValue& array) {
  QStringList strings;
  for (const QJsonValue& one : array.toArray()) strings << one.toString();
  return strings;
}

GenerateEntry fromJson(const QJsonObject& object) {
  GenerateEntry entry;
  entry.time =
      QDateTime::fromString(object[key("time")].toString(), Qt::ISODateWithMs).toLocalTime();
  v1::GenerateRequest& settings = entry.settings;
  settings.set_prompt(utf8(object[key("prompt")].toString()));
  settings.set_max_tokens(object[key("max_tokens")].toInteger());
  settings.set_temperature(object[key("temperature")].toDouble());
  settings.set_top_k(object[key("top_k")].toInteger());
  settings.set_top_p(object[key("top_p")].toDouble());
  bool seeded = false;
  const quint64 seed = object[key("seed")].toString().toULongLong(&seeded);
  if (seeded) settings.set_seed(seed);
  for (const QString& stop : stringsOf(object[key("stop")])) settings.add_stop(utf8(stop));
  entry.references = stringsOf(object[key("references")]);
  entry.texts = stringsOf(object[key("texts")]);
  return entry;
}

}  // namespace

GenerateHistory::GenerateHistory(QString file, size_t most) : file_(std::move(file)), most_(most) {
  QFile in(file_);
  if (!in.open(QIODevice::ReadOnly)) return;
  const QJsonArray list = QJsonDocument::fromJson(in.readAll()).object()[key("entries")].toArray();
  for (const QJsonValue& one : list) {
    if (entries_.size() < most_) entries_.push_back(fromJson(one.toObject()));
  }
}

QString GenerateHistory::defaultFile() {
  return QFileInfo(QSettings().fileName()).dir().filePath(key("generated.json"));
}

bool GenerateHistory::add(GenerateEntry entry) {
  for (QString& text : entry.texts) text = cut(text);
  entries_.insert(entries_.begin(), std::move(entry));
  if (entries_.size() > most_) entries_.resize(most_);
  return write();
}

bool GenerateHistory::setMost(size_t most) {
  most_ = most;
  if (entries_.size() <= most_) return true;
  entries_.resize(most_);
  return write();
}

bool GenerateHistory::clear() {
  entries_.clear();
  return write();
}

bool GenerateHistory::write() const {
  QJsonArray list;
  for (const GenerateEntry& entry : entries_) list.append(toJson(entry));
  QDir().mkpath(QFileInfo(file_).path());
  const QJsonDocument document(QJsonObject{{key("entries"), list}});
  return WritePrivateFile(utf8(file_), utf8(q(document.toJson(QJsonDocument::Compact)))).ok();
}

}  // namespace lab::gui
