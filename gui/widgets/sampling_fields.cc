#include "gui/widgets/sampling_fields.h"

#include <QDoubleSpinBox>
#include <QHBoxLayout>
#include <QLineEdit>
#include <QSpinBox>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr int kMostTokens = 100000;
constexpr int kMostK = 1000000;

template <class Box>
Box* plainBox(QWidget* parent) {
  auto* box = new Box(parent);
  box->setButtonSymbols(QAbstractSpinBox::NoButtons);
  return box;
}

bool isSeed(const QString& text) {
  bool good = false;
  text.toULongLong(&good);
  return good;
}

}  // namespace

SamplingFields::SamplingFields(QWidget* parent) : QWidget(parent) {
  auto* row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(space::kGap);
  temperature_ = plainBox<QDoubleSpinBox>(this);
  temperature_->setRange(0, 10);
  temperature_->setSingleStep(0.1);
  temperature_->setSpecialValueText(tr("0 (greedy)"));
  top_k_ = plainBox<QSpinBox>(this);
  top_k_->setRange(0, kMostK);
  top_k_->setSpecialValueText(tr("off"));
  top_p_ = plainBox<QDoubleSpinBox>(this);
  top_p_->setRange(0.01, 1);
  top_p_->setSingleStep(0.05);
  max_tokens_ = plainBox<QSpinBox>(this);
  max_tokens_->setRange(1, kMostTokens);
  seed_ = new QLineEdit(this);
  seed_->setPlaceholderText(tr("fresh"));
  seed_->setToolTip(tr("Empty: a fresh one each time, the same for both models."));
  stop_ = new QLineEdit(this);
  stop_->setPlaceholderText(tr("none"));
  stop_->setToolTip(
      tr("The text ends before any of these. Commas separate them; \\n is a line's "
         "end, \\, a comma."));
  addField(tr("temperature"), temperature_, 84);
  addField(tr("top-k"), top_k_, 64);
  addField(tr("top-p"), top_p_, 64);
  addField(tr("max tokens"), max_tokens_, 76);
  addField(tr("seed"), seed_, 190);
  addField(tr("stop"), stop_, 150);
  row->addStretch(1);
  v1::GenerateRequest first;
  first.set_temperature(0.8);
  first.set_top_p(1);
  first.set_max_tokens(100);
  setSettings(first);
  connect(seed_, &QLineEdit::textChanged, this, &SamplingFields::check);
}

void SamplingFields::addField(const QString& name, QWidget* field, int width) {
  auto* column = new QVBoxLayout;
  column->setSpacing(2);
  auto* label = makeLabel(name, "caption", this);
  label->setBuddy(field);
  field->setAccessibleName(name);
  field->setFixedWidth(width);
  column->addWidget(label);
  column->addWidget(field);
  static_cast<QHBoxLayout*>(layout())->addLayout(column);
}

v1::GenerateRequest SamplingFields::settings() const {
  v1::GenerateRequest settings;
  settings.set_temperature(temperature_->value());
  settings.set_top_k(top_k_->value());
  settings.set_top_p(top_p_->value());
  settings.set_max_tokens(max_tokens_->value());
  if (isSeed(seed_->text())) settings.set_seed(seed_->text().toULongLong());
  for (const std::string& stop : parseStops(stop_->text())) settings.add_stop(stop);
  return settings;
}

void SamplingFields::setSettings(const v1::GenerateRequest& settings) {
  temperature_->setValue(settings.temperature());
  top_k_->setValue(static_cast<int>(settings.top_k()));
  top_p_->setValue(settings.top_p());
  max_tokens_->setValue(static_cast<int>(settings.max_tokens()));
  seed_->setText(settings.has_seed() ? QString::number(settings.seed()) : QString());
  stop_->setText(stopsText({settings.stop().begin(), settings.stop().end()}));
}

QString SamplingFields::problem() const {
  if (seed_->text().isEmpty() || isSeed(seed_->text())) return {};
  return tr("A seed is a whole number from 0 to 18446744073709551615, or nothing for a fresh one.");
}

void SamplingFields::showDrawnSeed(quint64 seed) {
  if (seed_->text().isEmpty()) seed_->setPlaceholderText(tr("fresh (was %1)").arg(seed));
}

void SamplingFields::check() {
  setStyleProperty(seed_, "state", problem().isEmpty() ? QString() : QStringLiteral("error"));
  Q_EMIT edited();
}

std::vector<std::string> parseStops(const QString& text) {
  std::vector<std::string> stops;
  std::string one;
  bool content = false;  // beyond the spaces after a comma
  auto finish = [&] {
    if (!one.empty()) stops.push_back(one);
    one.clear();
    content = false;
  };
  const std::string bytes = utf8(text);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const char c = bytes[i];
    if (c == ',') {
      finish();
    } else if (c == '\\' && i + 1 < bytes.size()) {
      const char next = bytes[++i];
      one += next == 'n' ? '\n' : next == 't' ? '\t' : next;
      content = true;
    } else if (c != ' ' || content) {
      one += c;
      content = true;
    }
  }
  finish();
  return stops;
}

QString stopsText(const std::vector<std::string>& stops) {
  QStringList texts;
  for (const std::string& stop : stops) {
    QString text = q(stop);
    text.replace(QLatin1Char('\\'), QStringLiteral("\\\\"));
    text.replace(QLatin1Char(','), QStringLiteral("\\,"));
    text.replace(QLatin1Char('\n'), QStringLiteral("\\n"));
    text.replace(QLatin1Char('\t'), QStringLiteral("\\t"));
    if (text.startsWith(QLatin1Char(' '))) text.prepend(QLatin1Char('\\'));
    texts << text;
  }
  return texts.join(QStringLiteral(", "));
}

}  // namespace lab::gui
