#include "gui/widgets/data_card.h"

#include <QButtonGroup>
#include <QHBoxLayout>
#include <algorithm>

#include "core/base/places.h"
#include "core/base/strings.h"
#include "gui/style/tokens.h"
#include "gui/widgets/choice.h"

namespace lab::gui {
namespace {

constexpr int kNameWidth = 230;
constexpr int64_t kExample = 1'500'000'000;

QHBoxLayout* makeRow(const QString& name, QWidget* parent) {
  auto* row = new QHBoxLayout;
  row->setSpacing(space::kTiny);
  auto* label = makeLabel(name, "row", parent);
  label->setFixedWidth(kNameWidth);
  row->addWidget(label);
  return row;
}

QLabel* makeHelp(const QString& text, QWidget* parent) {
  auto* help = makeLabel(text, "caption", parent);
  help->setWordWrap(true);
  return help;
}

}  // namespace

DataCard::DataCard(Lab* lab, QWidget* parent)
    : Card(tr("Data and units"), parent), lab_(lab), storage_(&lab->session) {
  body()->setSpacing(space::kSmall);
  addUnits();
  addLimit(
      tr("points of a curve in Compare"),
      tr("labd thins longer curves and keeps their peaks; where many runs share the chart each "
         "has fewer. Exports of the command line hold every point."),
      {500, 1000, 2000, 4000, 16000, 64000}, lab->preferences.compared_points(),
      [lab](int points) { lab->preferences.setComparedPoints(points); });
  addLimit(tr("texts kept in Generate's history"),
           tr("older ones are deleted from this machine's history file."), {10, 50, 200, 1000},
           lab->preferences.kept_generations(),
           [lab](int entries) { lab->preferences.setKeptGenerations(entries); });
  addStorage();
  connect(&lab->session, &LabSession::linked, this, [this] {
    if (isVisible()) storage_.refresh();
  });
  connect(&storage_, &StorageStore::changed, this, &DataCard::showStorage);
  connect(&lab->preferences, &Preferences::unitsChanged, this, &DataCard::showStorage);
  showStorage();
}

void DataCard::addUnits() {
  auto* row = makeRow(tr("sizes"), this);
  auto* group = new QButtonGroup(this);
  for (const ByteUnits units : {ByteUnits::kDecimal, ByteUnits::kBinary}) {
    const bool binary = units == ByteUnits::kBinary;
    const std::string example = binary ? FormatBinaryBytes(kExample) : FormatBytes(kExample);
    auto* button = makeButton((binary ? tr("by 1 024: %1") : tr("by 1 000: %1")).arg(q(example)),
                              "segment", this);
    button->setCheckable(true);
    button->setChecked(units == lab_->preferences.byte_units());
    group->addButton(button);
    connect(button, &QPushButton::clicked, this,
            [this, units] { lab_->preferences.setByteUnits(units); });
    row->addWidget(button);
  }
  row->addStretch(1);
  body()->addLayout(row);
  body()->addWidget(makeHelp(tr("Acts on every size that this window writes; curves and tables of "
                                "metrics in bytes stay in bytes, and sentences that come from labd "
                                "are by 1 000, as labctl writes them."),
                             this));
}

void DataCard::addLimit(const QString& name, const QString& help, std::vector<int> choices, int now,
                        std::function<void(int)> chosen) {
  auto* row = makeRow(name, this);
  auto* box = new Choice(this);
  box->setAccessibleName(name);
  box->setSizeAdjustPolicy(QComboBox::AdjustToContents);
  // What somebody wrote into the settings by hand stays choosable.
  if (std::find(choices.begin(), choices.end(), now) == choices.end()) choices.push_back(now);
  std::sort(choices.begin(), choices.end());
  for (int choice : choices) box->addItem(grouped(choice), choice);
  box->setCurrentIndex(box->findData(now));
  connect(box, &QComboBox::activated, this,
          [box, chosen = std::move(chosen)](int index) { chosen(box->itemData(index).toInt()); });
  row->addWidget(box);
  row->addStretch(1);
  body()->addLayout(row);
  body()->addWidget(makeHelp(help, this));
}

void DataCard::addStorage() {
  body()->addSpacing(space::kSmall);
  body()->addWidget(makeLabel(tr("What labd's home may hold"), "strong", this));
  auto addFact = [this](const QString& name) {
    auto* row = makeRow(name, this);
    auto* value = makeLabel({}, "row", this);
    value->setWordWrap(true);
    row->addWidget(value, 1);
    body()->addLayout(row);
    return value;
  };
  takes_ = addFact(tr("it takes (storage.max_bytes)"));
  free_ = addFact(tr("stays free (storage.min_free_bytes)"));
  where_ = makeHelp({}, this);
  where_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  body()->addWidget(where_);
  auto* row = new QHBoxLayout;
  auto* clean = makeButton(tr("What may be deleted"), "", this);
  connect(clean, &QPushButton::clicked, this, &DataCard::cleanerWanted);
  row->addWidget(clean);
  row->addStretch(1);
  body()->addLayout(row);
}

void DataCard::showEvent(QShowEvent* event) {
  Card::showEvent(event);
  if (!event->spontaneous()) storage_.refresh();
}

void DataCard::showStorage() {
  const std::optional<v1::Storage>& storage = storage_.storage();
  if (!storage) {
    const QString why =
        storage_.status().ok() ? tr("not known yet") : q(storage_.status().message());
    takes_->setText(why);
    free_->setText(why);
  } else {
    const QString total = bytes(storage->total_bytes());
    takes_->setText(storage->max_bytes() > 0
                        ? tr("%1 of the %2 allowed").arg(total, bytes(storage->max_bytes()))
                        : tr("%1; no limit is set").arg(total));
    free_->setText(
        storage->min_free_bytes() > 0
            ? tr("%1, of %2 free now")
                  .arg(bytes(storage->min_free_bytes()), bytes(storage->disk_free_bytes()))
            : tr("no limit is set; %1 are free now").arg(bytes(storage->disk_free_bytes())));
  }
  QString file = tr("labd.yaml of labd's machine");
  const absl::StatusOr<Places> places = FindPlaces();
  if (places.ok() && !lab_->session.remote()) file = q((places->config / "labd.yaml").string());
  where_->setText(
      tr("These two are labd's own and no window can change them: they stand in %1 (of a service "
         "of the machine, in /etc/llm-lab/labd.yaml). labd reads it again on SIGHUP, say by "
         "systemctl --user reload labd, or when it starts. labd --print-config explains them.")
          .arg(file));
}

}  // namespace lab::gui
