#include "gui/models/head_order.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "gui/models/words.h"

namespace lab::gui {
namespace {

constexpr char kPrefix[] = "heads/";

// After the point: enough to tell scores apart.
int digitsOf(double size) { return size < 0.1 ? 3 : size < 100 ? 2 : 0; }

using Condition = std::function<bool(HeadId)>;

QString tr(const char* text) { return QCoreApplication::translate("HeadOrder", text); }

// The score that is called so, or begins so, or has it in its name; nullptr for none.
const HeadScore* scoreCalled(const QString& name, const std::vector<HeadScore>& scores) {
  for (const HeadScore& score : scores) {
    if (score.name.compare(name, Qt::CaseInsensitive) == 0) return &score;
  }
  for (const HeadScore& score : scores) {
    if (score.name.startsWith(name, Qt::CaseInsensitive)) return &score;
  }
  for (const HeadScore& score : scores) {
    if (score.name.contains(name, Qt::CaseInsensitive)) return &score;
  }
  return nullptr;
}

absl::StatusOr<Condition> parse(const QString& text, const std::vector<HeadScore>& scores) {
  static const QRegularExpression kHead(QStringLiteral("^(\\d{1,6})\\.(\\d{1,6})$"));
  static const QRegularExpression kOne(QStringLiteral("^(layer|head)\\s*(\\d{1,6})$"),
                                       QRegularExpression::CaseInsensitiveOption);
  static const QRegularExpression kScore(
      QStringLiteral("^([^<>=]+?)\\s*([<>])=?\\s*([-+.\\deE]+)$"));
  if (auto match = kHead.match(text); match.hasMatch()) {
    const HeadId id{match.captured(1).toInt(), match.captured(2).toInt()};
    return [id](HeadId one) { return one == id; };
  }
  if (auto match = kOne.match(text); match.hasMatch()) {
    const int index = match.captured(2).toInt();
    const bool layer = match.captured(1).compare(QStringLiteral("layer"), Qt::CaseInsensitive) == 0;
    return [index, layer](HeadId one) { return (layer ? one.layer : one.head) == index; };
  }
  const auto match = kScore.match(text);
  bool number = false;
  const double bound = match.captured(3).toDouble(&number);
  if (!match.hasMatch() || !number) {
    return absl::InvalidArgumentError(
        utf8(tr("\"%1\" is not understood: 1.3, layer 1, head 3, induction > 0.4").arg(text)));
  }
  const HeadScore* score = scoreCalled(match.captured(1), scores);
  if (score == nullptr) {
    QStringList names;
    for (const HeadScore& one : scores) names << one.name;
    return absl::InvalidArgumentError(utf8(
        tr("there is no score \"%1\"; there are %2").arg(match.captured(1), names.join(tr(", ")))));
  }
  const bool above = match.captured(2) == QStringLiteral(">");
  return [score, above, bound](HeadId one) {
    const double value = score->of(one);
    return above ? value >= bound : value <= bound;  // not for NaN
  };
}

}  // namespace

QString headName(HeadId id) {
  return QStringLiteral("%1.%2").arg(id.layer).arg(id.head == kMeanHead ? tr("mean")
                                                                        : QString::number(id.head));
}

std::vector<HeadScore> headScoresOf(const Inspection& inspection) {
  std::vector<HeadScore> scores;
  for (const InspectedTensor& tensor : inspection.tensors) {
    const QString name = q(tensor.facts.name());
    if (!name.startsWith(QLatin1String(kPrefix)) || tensor.facts.shape_size() != 2) continue;
    HeadScore& score = scores.emplace_back();
    score.name =
        name.mid(static_cast<int>(sizeof kPrefix) - 1).replace(QLatin1Char('_'), QLatin1Char(' '));
    score.unit = q(tensor.facts.unit());
    score.heads = static_cast<int>(tensor.Dim(1));
    score.values.assign(tensor.floats.begin(), tensor.floats.end());
  }
  return scores;
}

QString scoreMeaning(const QString& name) {
  static const std::pair<const char*, const char*> kMeanings[] = {
      {"entropy", "How widely a query looks: the mean entropy of its attention."},
      {"distance", "How far back a query looks: the mean distance to its keys."},
      {"sink", "How much of the attention rests on the first token."},
      {"previous token", "How much of it lies on the token just before."},
      {"duplicate token", "How much of it lies on earlier places of the same token."},
      {"induction", "How much of it lies on what came after those."},
      {"repeated induction", "The same on random tokens that come twice: nothing else to go by."},
      {"mean difference", "Mean distance of the two patterns' probabilities."},
      {"most difference", "The largest distance of two probabilities."},
  };
  for (auto [known, meaning] : kMeanings) {
    if (name == QLatin1String(known)) return tr(meaning);
  }
  return {};
}

QString scoreText(const HeadScore& score, HeadId id) {
  const double value = score.of(id);
  if (std::isnan(value)) return QStringLiteral("–");
  const bool bare = score.unit.isEmpty();
  const QString text = QString::number(value, 'f', digitsOf(std::abs(value)));
  return bare ? text : text + QLatin1Char(' ') + score.unit;
}

std::vector<HeadId> allHeads(int layers, int heads) {
  std::vector<HeadId> ids;
  for (int layer = 0; layer < layers; ++layer) {
    for (int head = 0; head < heads; ++head) ids.push_back({layer, head});
  }
  return ids;
}

std::vector<HeadId> sortedHeads(std::vector<HeadId> ids, const HeadScore& by) {
  std::stable_sort(ids.begin(), ids.end(), [&by](HeadId a, HeadId b) {
    const double first = by.of(a), second = by.of(b);
    if (std::isnan(first) || std::isnan(second)) return !std::isnan(first) && std::isnan(second);
    return first > second;
  });
  return ids;
}

absl::StatusOr<std::vector<HeadId>> foundHeads(const std::vector<HeadId>& ids, const QString& text,
                                               const std::vector<HeadScore>& scores) {
  std::vector<HeadId> found = ids;
  for (const QString& part : text.split(QLatin1Char(','), Qt::SkipEmptyParts)) {
    if (part.trimmed().isEmpty()) continue;
    ASSIGN_OR_RETURN(const Condition fits, parse(part.trimmed(), scores));
    std::erase_if(found, [&fits](HeadId id) { return !fits(id); });
  }
  return found;
}

}  // namespace lab::gui
