#include "gui/widgets/attribution_view.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QPainter>
#include <QSignalBlocker>
#include <QStyledItemDelegate>
#include <QTableView>
#include <algorithm>
#include <cmath>

#include "gui/models/probe_words.h"
#include "gui/models/words.h"
#include "gui/style/theme.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"
#include "gui/widgets/parts.h"
#include "gui/widgets/table.h"
#include "gui/widgets/two_maps.h"

namespace lab::gui {
namespace {

constexpr int kTargets = 10;  // of the likeliest tokens
constexpr int kPartRow = 22;
constexpr int kBarHeight = 10;
constexpr int kChoiceWidth = 190;
constexpr int kStillParts = 420;
constexpr double kRounding = 1e-3;  // of the logit, by which the sum may miss it

// A bar from the middle to the right where a part helps, to the left where it hinders.
class SignedBarDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    QStyledItemDelegate::paint(painter, option, index);
    const Tokens& tokens = tokensOf(option.widget);
    const double share = index.data(LogitPartTable::kShare).toDouble();
    const QRectF room = QRectF(option.rect).adjusted(space::kTiny, 0, -space::kTiny, 0);
    const double middle = room.center().x(), length = share * room.width() / 2;
    const double top = room.center().y() - kBarHeight / 2.0;
    painter->fillRect(QRectF(middle, top, length, kBarHeight).normalized(),
                      share < 0 ? tokens.bad : tokens.accent);
    painter->fillRect(QRectF(middle - 0.5, room.top(), 1, room.height()), tokens.line);
  }
};

}  // namespace

AttributionView::AttributionView(QWidget* parent) : ProbeView(parent) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kGap);
  auto* top = new QHBoxLayout;
  top->setSpacing(space::kSmall);
  auto add = [&](const QString& text, const QString& name) {
    top->addWidget(makeLabel(text, "dim", this));
    auto* choice = new Choice(this);
    choice->setAccessibleName(name);
    choice->setFont(monoFont(type::kRow));
    choice->setMinimumWidth(kChoiceWidth);
    top->addWidget(choice);
    return choice;
  };
  positions_ = add(tr("After token"), tr("position"));
  targets_ = add(tr("the logit of"), tr("target"));
  sum_ = makeLabel({}, "dim", this);
  top->addWidget(sum_, 1);
  column->addLayout(top);
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kGap);
  row->addWidget(makeParts(), 1);
  row->addWidget(makeHeads(), 1);
  column->addLayout(row, 1);
  connect(positions_, &QComboBox::activated, this,
          [this](int index) { setPosition(index, text_); });
  connect(targets_, &QComboBox::activated, this, [this](int index) {
    const QVariant id = targets_->itemData(index);
    target_ = id.isValid() ? std::optional<int64_t>(id.toLongLong()) : std::nullopt;
    Q_EMIT asksAnew();
  });
}

QWidget* AttributionView::makeParts() {
  auto* card = new Card(tr("What gave the logit"), this);
  sorted_ = makeButton(tr("largest first"), "segment", card);
  sorted_->setCheckable(true);
  connect(sorted_, &QPushButton::toggled, &table_, &LogitPartTable::setSorted);
  card->head()->addWidget(sorted_);
  table_view_ = makeTable(&table_, tr("parts of the logit"), LogitPartTable::kBar, card);
  table_view_->verticalHeader()->setDefaultSectionSize(kPartRow);
  table_view_->setItemDelegateForColumn(LogitPartTable::kBar, new SignedBarDelegate(table_view_));
  card->body()->addWidget(table_view_, 1);
  return card;
}

QWidget* AttributionView::makeHeads() {
  auto* card = new Card(tr("By head"), this);
  heads_ = new TwoMaps(card);
  heads_->setNames(tr("layer"), tr("head"));
  heads_->setSquare(false);
  card->body()->addWidget(heads_, 1);
  biases_ = makeLabel({}, "caption", card);
  biases_->setWordWrap(true);
  card->body()->addWidget(biases_);
  return card;
}

int64_t AttributionView::positionIn(const Inspection& text) const {
  const int64_t last = text.plan.tokens_size() - 1;
  if (position_ < 0 && selection().positions_size() > 0) return selection().positions(0);
  return position_ < 0 ? last : std::min(position_, last);
}

v1::InspectRequest AttributionView::partsQuestion(int64_t position) const {
  v1::InspectRequest question = questionOf("attribution");
  question.clear_positions();
  question.add_positions(position);
  if (target_) question.set_target(*target_);
  return question;
}

v1::InspectRequest AttributionView::targetsQuestion(int64_t position, int64_t layers) const {
  v1::InspectRequest question = questionOf("lens");
  question.clear_positions();
  question.clear_layers();
  question.add_positions(position);
  question.add_layers(layers - 1);
  question.set_top(kTargets);
  return question;
}

std::vector<v1::InspectRequest> AttributionView::questions(const Probe& probe) const {
  // The losses say what the tokens are, and cost nothing.
  std::vector<v1::InspectRequest> questions = {questionOf("loss")};
  const Probe::Answer text = probe.find(questions[0]);
  if (text == nullptr) return questions;
  const int64_t position = positionIn(*text);
  questions.push_back(partsQuestion(position));
  questions.push_back(targetsQuestion(position, probe.model().layer_count()));
  return questions;
}

std::optional<v1::InspectRequest> AttributionView::besideQuestion(const Probe& probe) const {
  const Probe::Answer text = probe.find(questionOf("loss"));
  if (text == nullptr) return std::nullopt;
  v1::InspectRequest question = partsQuestion(positionIn(*text));
  const Probe::Answer parts = probe.find(question);
  if (parts == nullptr || parts->Find("attribution/targets") == nullptr) return std::nullopt;
  // Named, for what is likeliest here need not be so there.
  question.set_target(logitPartsOf(*parts).target);
  return question;
}

std::vector<v1::InspectRequest> AttributionView::besideQuestions(const Probe&,
                                                                 const Probe& probe) const {
  std::vector<v1::InspectRequest> questions;
  if (const auto question = besideQuestion(probe)) questions.push_back(*question);
  return questions;
}

void AttributionView::take(const Probe& probe, const ProbeBeside& beside) {
  if (probe.text() != text_) {
    text_ = probe.text();
    position_ = -1;
    target_.reset();
  }
  Probe::Answer text = probe.find(questionOf("loss"));
  if (text == nullptr) return;
  const int64_t position = positionIn(*text);
  if (text != positions_look_) fillPositions(*text);
  positions_look_ = std::move(text);
  {
    const QSignalBlocker quiet(positions_);
    positions_->setCurrentIndex(static_cast<int>(position));
  }
  Probe::Answer targets = probe.find(targetsQuestion(position, probe.model().layer_count()));
  if (targets != nullptr && targets != targets_look_ && targets->Find("lens/top_ids") != nullptr) {
    targets_look_ = std::move(targets);
    fillTargets(*targets_look_);
  }
  Probe::Answer parts = probe.find(partsQuestion(position));
  if (parts == nullptr || parts->Find("attribution/components") == nullptr) return;
  const auto question = besideQuestion(probe);
  Probe::Answer other = question ? beside.find(*question) : nullptr;
  if (parts == parts_look_ && other == other_parts_ && beside.both == both_) return;
  parts_look_ = std::move(parts);
  other_parts_ = std::move(other);
  both_ = beside.both;
  name_ = q(probe.reference());
  showParts(beside);
}

void AttributionView::makeStill() {
  showRows(table_view_, table_.rowCount());
  table_view_->setMinimumWidth(kStillParts);
  heads_->first()->setMinimumSize(heads_->first()->wholeSize());
}

void AttributionView::setPosition(int64_t position, const std::string& text) {
  if (position == position_ && text == text_) return;
  text_ = text;
  position_ = position;
  target_.reset();
  Q_EMIT asksAnew();
}

void AttributionView::fillPositions(const Inspection& text) {
  const QSignalBlocker quiet(positions_);
  positions_->clear();
  const QStringList tokens = tokenTexts(text.plan);
  for (qsizetype i = 0; i < tokens.size(); ++i) {
    positions_->addItem(QString::number(i) + QStringLiteral("  ") + tokens[i]);
  }
}

void AttributionView::fillTargets(const Inspection& lens) {
  const QSignalBlocker quiet(targets_);
  targets_->clear();
  const InspectedTensor& ids = *lens.Find("lens/top_ids");
  const InspectedTensor& likely = *lens.Find("lens/top_probabilities");
  const int64_t position = positionAt(ids, 1, 0), end = ids.Dim(0) - 1;
  const bool last = position + 1 >= lens.plan.tokens_size();
  targets_->addItem(
      last ? tr("the likeliest")
           : tr("the next, %1")
                 .arg(quotedToken(lens.plan.tokens(static_cast<int>(position) + 1).text())));
  for (int64_t i = 0; i < ids.Dim(2); ++i) {
    const int64_t id = ids.Integer({end, 0, i});
    targets_->addItem(
        quotedToken(lens.WordOf(id)) + QStringLiteral("  ") + number(likely.Float({end, 0, i})),
        QVariant::fromValue<qlonglong>(id));
    if (target_ && *target_ == id) targets_->setCurrentIndex(targets_->count() - 1);
  }
}

void AttributionView::showParts(const ProbeBeside& beside) {
  const LogitParts parts = logitPartsOf(*parts_look_);
  std::optional<LogitParts> there;
  if (other_parts_ != nullptr) there = logitPartsOf(*other_parts_);
  const LogitParts* other = there ? &*there : nullptr;
  if (other == nullptr) {
    table_.show(parts.parts);
  } else {
    table_.show(parts.parts, other->parts, name_, beside.name());
  }
  showSum(parts, other, beside);
  showHeads(parts, other, beside);
}

void AttributionView::showSum(const LogitParts& parts, const LogitParts* other,
                              const ProbeBeside& beside) {
  const bool whole =
      std::abs(parts.sum - parts.logit) <= kRounding * std::max(1.0, std::abs(parts.logit));
  setTone(sum_, whole ? Tone::kPlain : Tone::kWarning);
  if (other != nullptr) {
    return sum_->setText(tr("the logit of %1 is %2 in %3, %4 in %5: %6 apart")
                             .arg(quotedToken(parts.word), number(parts.logit), name_,
                                  number(other->logit), beside.name(),
                                  number(parts.logit - other->logit)));
  }
  const QString sentence = whole ? tr("the parts sum to %1, the logit of %3 is %2")
                                 : tr("the parts sum to %1, but the "
                                      "logit of %3 is %2");
  sum_->setText(sentence.arg(number(parts.sum), number(parts.logit), quotedToken(parts.word)));
}

void AttributionView::showHeads(const LogitParts& parts, const LogitParts* other,
                                const ProbeBeside& beside) {
  TwoTables tables;
  tables.rows = parts.layers;
  tables.columns = parts.heads;
  tables.quantity = tr("logit");
  tables.values = parts.head_values;
  if (other != nullptr) tables.other = other->head_values;
  tables.name = name_;
  tables.other_name = beside.name();
  tables.both = beside.both;
  heads_->show(std::move(tables));
  QStringList biases;
  for (size_t layer = 0; layer < parts.attention_biases.size(); ++layer) {
    const double bias = parts.attention_biases[layer];
    if (std::abs(bias) > kRounding) biases << tr("layer %1: %2").arg(layer).arg(number(bias));
  }
  biases_->setText(biases.isEmpty()
                       ? tr("a layer's heads sum to its attention")
                       : tr("a layer's heads and its output bias sum to its attention; biases: %1")
                             .arg(biases.join(QStringLiteral(", "))));
}

}  // namespace lab::gui
