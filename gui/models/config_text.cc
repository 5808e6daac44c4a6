#include "gui/models/config_text.h"

#include <yaml-cpp/yaml.h>

#include <QRegularExpression>
#include <QStringList>
#include <algorithm>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr qsizetype kLongestText = 1 << 20;
constexpr int kDeepest = 16;
constexpr size_t kMostSettings = 4000;

// A text that is well-formed YAML and yet no config.
struct Refusal {
  QString why;
  int line;
};

int lineOf(const YAML::Node& node) { return std::max(0, node.Mark().line + 1); }

QString doubleQuoted(const QString& text) {
  QString quoted(QLatin1Char('"'));
  for (const QChar c : text) {
    const ushort code = c.unicode();
    if (c == QLatin1Char('"') || c == QLatin1Char('\\')) {
      quoted += QLatin1Char('\\');
      quoted += c;
    } else if (c == QLatin1Char('\n')) {
      quoted += QStringLiteral("\\n");
    } else if (c == QLatin1Char('\t')) {
      quoted += QStringLiteral("\\t");
    } else if (code < 0x20 || code == 0x7F || (code >= 0x80 && code <= 0x9F) || code == 0x2028 ||
               code == 0x2029 || code == 0xFEFF) {
      quoted += QStringLiteral("\\u%1").arg(code, 4, 16, QLatin1Char('0'));
    } else {
      quoted += c;
    }
  }
  return quoted + QLatin1Char('"');
}

// True for words that some reader of YAML takes for something else than text.
bool isReserved(const QString& text) {
  static const QStringList kWords = {
      QStringLiteral("null"), QStringLiteral("true"), QStringLiteral("false"),
      QStringLiteral("yes"),  QStringLiteral("no"),   QStringLiteral("on"),
      QStringLiteral("off"),  QStringLiteral("y"),    QStringLiteral("n")};
  return kWords.contains(text, Qt::CaseInsensitive);
}

QString flowOf(const YAML::Node& node, int depth);

QString scalarFlow(const YAML::Node& node) {
  const QString text = q(node.Scalar());
  const bool quoted = node.Tag() == "!";
  // What stands plain in a block may not stand so in a list.
  static const QRegularExpression kRisky(QStringLiteral("[,\\[\\]{}#\"'\\n]|: |:$|^[&*!|>%@`?-] "));
  if (quoted || text.isEmpty() || kRisky.match(text).hasMatch()) return doubleQuoted(text);
  return text;
}

QString flowOf(const YAML::Node& node, int depth) {
  if (depth > kDeepest) throw Refusal{QStringLiteral("nested too deeply"), lineOf(node)};
  if (!node.IsDefined() || node.IsNull()) return QStringLiteral("null");
  if (node.IsScalar()) return scalarFlow(node);
  QStringList items;
  for (auto entry = node.begin(); entry != node.end(); ++entry) {
    if (items.size() > static_cast<int>(kMostSettings)) {
      throw Refusal{QStringLiteral("too long for a config"), lineOf(node)};
    }
    items << (node.IsMap() ? yamlString(q(entry->first.Scalar())) + QStringLiteral(": ") +
                                 flowOf(entry->second, depth + 1)
                           : flowOf(*entry, depth + 1));
  }
  const QString inside = items.join(QStringLiteral(", "));
  return node.IsMap() ? QLatin1Char('{') + inside + QLatin1Char('}')
                      : QLatin1Char('[') + inside + QLatin1Char(']');
}

Setting settingOf(const QString& field, const YAML::Node& node) {
  Setting setting{field, {}, flowOf(node, 0)};
  if (node.IsScalar()) {
    setting.text = q(node.Scalar());
  } else if (node.IsSequence()) {
    setting.text = setting.flow.mid(1, setting.flow.size() - 2);
  } else if (node.IsMap()) {
    setting.text = setting.flow;
  }
  return setting;
}

// The leaves below `node`.
void flatten(const QString& prefix, const YAML::Node& node, int depth, std::vector<Setting>* to) {
  if (depth > kDeepest) throw Refusal{QStringLiteral("nested too deeply"), lineOf(node)};
  for (auto entry = node.begin(); entry != node.end(); ++entry) {
    const QString key = q(entry->first.Scalar());
    const QString field = prefix.isEmpty() ? key : prefix + QLatin1Char('.') + key;
    if (to->size() >= kMostSettings) {
      throw Refusal{QStringLiteral("too long for a config"), lineOf(node)};
    }
    if (entry->second.IsMap()) {
      flatten(field, entry->second, depth + 1, to);
    } else {
      to->push_back(settingOf(field, entry->second));
    }
  }
}

// "a, \"b, c\", [d, e]" in three; all of it as one item if its brackets or quotes do not match.
QStringList splitItems(const QString& items) {
  QStringList split;
  QString item;
  QChar quote;
  int depth = 0;
  bool sound = true;
  for (const QChar c : items) {
    if (c == QLatin1Char(',') && depth == 0 && quote.isNull()) {
      split << item.trimmed();
      item.clear();
      continue;
    }
    item += c;
    if (!quote.isNull()) {
      if (c == quote) quote = QChar();
    } else if (c == QLatin1Char('"') || (c == QLatin1Char('\'') && item.trimmed().size() == 1)) {
      quote = c;
    } else if (c == QLatin1Char('[') || c == QLatin1Char('{')) {
      ++depth;
    } else if (c == QLatin1Char(']') || c == QLatin1Char('}')) {
      sound = sound && --depth >= 0;
    }
  }
  split << item.trimmed();
  split.removeAll(QString());
  return sound && depth == 0 && quote.isNull() ? split : QStringList{items.trimmed()};
}

// A section of the text that is being written.
struct Section {
  QString key;
  QString flow;  // of a leaf
  std::vector<Section> inside;
};

void place(Section* section, const QStringList& path, int at, const QString& flow) {
  auto found = std::find_if(section->inside.begin(), section->inside.end(),
                            [&](const Section& known) { return known.key == path[at]; });
  if (found == section->inside.end()) {
    section->inside.push_back({path[at], {}, {}});
    found = section->inside.end() - 1;
  }
  if (at + 1 == path.size()) {
    *found = {path[at], flow, {}};
  } else {
    found->flow.clear();
    place(&*found, path, at + 1, flow);
  }
}

void write(const Section& section, int depth, QString* text) {
  for (const Section& inside : section.inside) {
    *text += QString(2 * depth, QLatin1Char(' ')) + yamlString(inside.key) + QLatin1Char(':');
    if (inside.inside.empty()) {
      *text += QLatin1Char(' ') + inside.flow + QLatin1Char('\n');
    } else {
      *text += QLatin1Char('\n');
      write(inside, depth + 1, text);
    }
  }
}

}  // namespace

SettingsText readSettings(const QString& yaml) {
  SettingsText read;
  if (yaml.size() > kLongestText) {
    read.error = QStringLiteral("too long for a config");
    return read;
  }
  try {
    const YAML::Node root = YAML::Load(utf8(yaml));
    if (!root.IsDefined() || root.IsNull()) return read;
    if (!root.IsMap()) throw Refusal{QStringLiteral("not settings, as \"type: pretrain\""), 1};
    for (auto entry = root.begin(); entry != root.end(); ++entry) {
      const QString key = q(entry->first.Scalar());
      if (key == QStringLiteral("sweep") && entry->second.IsMap()) {
        flatten({}, entry->second, 1, &read.sweep);
      } else if (entry->second.IsMap()) {
        flatten(key, entry->second, 1, &read.settings);
      } else if (key != QStringLiteral("sweep") || !entry->second.IsNull()) {
        read.settings.push_back(settingOf(key, entry->second));
      }
    }
  } catch (const Refusal& refusal) {
    read = {{}, {}, refusal.why, refusal.line};
  } catch (const YAML::Exception& exception) {
    read = {{}, {}, q(exception.msg), std::max(0, exception.mark.line + 1)};
  }
  return read;
}

Setting readOverride(const QString& override) {
  const qsizetype equals = override.indexOf(QLatin1Char('='));
  if (equals < 0) return {override, {}, QStringLiteral("null")};
  const QString field = override.left(equals).trimmed();
  const QString value = override.mid(equals + 1).trimmed();
  static const QString kFlow = QStringLiteral("[{\"'");
  if (!value.isEmpty() && !kFlow.contains(value[0])) return {field, value, value};
  try {
    return settingOf(field, YAML::Load(utf8(value)));
  } catch (const YAML::Exception&) {
    return {field, value, doubleQuoted(value)};
  } catch (const Refusal&) {
    return {field, value, doubleQuoted(value)};
  }
}

QString writeSettings(const std::vector<Setting>& settings, const std::vector<Setting>& sweep) {
  Section root;
  for (const Setting& setting : settings) {
    place(&root, setting.field.split(QLatin1Char('.')), 0, setting.flow);
  }
  for (const Setting& axis : sweep) {
    place(&root, {QStringLiteral("sweep"), axis.field}, 0, axis.flow);
  }
  QString text;
  write(root, 0, &text);
  return text;
}

QString yamlString(const QString& text) {
  static const QRegularExpression kPlain(
      QStringLiteral("^[A-Za-z_/.][A-Za-z0-9_/.@+-]*((:| )[A-Za-z0-9_/.@+-]+)*$"));
  const bool plain = kPlain.match(text).hasMatch() && !isReserved(text) && !isDecimal(text) &&
                     !text.startsWith(QStringLiteral(".i"), Qt::CaseInsensitive) &&
                     !text.startsWith(QStringLiteral(".n"), Qt::CaseInsensitive);
  return plain ? text : doubleQuoted(text);
}

bool isDecimal(const QString& text) {
  static const QRegularExpression kDecimal(
      QStringLiteral("^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$"));
  return kDecimal.match(text).hasMatch();
}

QString yamlList(const QString& items, bool numbers) {
  QStringList written;
  for (const QString& item : splitItems(items)) {
    static const QString kFlow = QStringLiteral("[{\"'");
    if (kFlow.contains(item[0])) {
      written << readOverride(QLatin1Char('=') + item).flow;
    } else {
      written << (numbers && isDecimal(item) ? item : yamlString(item));
    }
  }
  return QLatin1Char('[') + written.join(QStringLiteral(", ")) + QLatin1Char(']');
}

}  // namespace lab::gui
