#include "gui/widgets/storage_cleaner.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QPlainTextEdit>
#include <QSpinBox>

#include "gui/style/tokens.h"
#include "gui/widgets/parts.h"

namespace lab::gui {
namespace {

constexpr double kDaySeconds = 86400;
constexpr int kMostDays = 3650;
constexpr int kMostKept = 1000;
constexpr int kFieldWidth = 76;

QSpinBox* makeNumber(int low, int high, const QString& name, QWidget* parent) {
  auto* box = new QSpinBox(parent);
  box->setButtonSymbols(QAbstractSpinBox::NoButtons);
  box->setRange(low, high);
  box->setFixedWidth(kFieldWidth);
  box->setAccessibleName(name);
  return box;
}

}  // namespace

StorageCleaner::StorageCleaner(StorageStore* store, QWidget* parent)
    : QWidget(parent), store_(store) {
  auto* column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(space::kSmall);
  auto* words = makeLabel(
      tr("Deletes old checkpoints and leftovers. Of each run its newest, its best and its last "
         "resumable checkpoint always stay, as do all curves and samples."),
      "dim", this);
  words->setWordWrap(true);
  column->addWidget(words);
  auto* rules = new QHBoxLayout;
  rules->setSpacing(space::kSmall);
  days_ = makeNumber(0, kMostDays, tr("older than, in days"), this);
  days_->setSpecialValueText(tr("any age"));
  keep_ = makeNumber(1, kMostKept, tr("newest of each run that stay"), this);
  cache_ = new QCheckBox(tr("token files too (made again when needed)"), this);
  rules->addWidget(makeLabel(tr("older than (days)"), "dim", this));
  rules->addWidget(days_);
  rules->addSpacing(space::kGap);
  rules->addWidget(makeLabel(tr("keep the newest"), "dim", this));
  rules->addWidget(keep_);
  rules->addSpacing(space::kGap);
  rules->addWidget(cache_);
  rules->addStretch(1);
  column->addLayout(rules);
  plan_ = new QPlainTextEdit(this);
  plan_->setReadOnly(true);
  plan_->setAccessibleName(tr("what would go"));
  column->addWidget(plan_, 1);
  auto* buttons = new QHBoxLayout;
  look_ = makeButton(tr("See what would go"), "", this);
  delete_ = makeButton(tr("Delete these"), "danger", this);
  buttons->addWidget(look_);
  buttons->addWidget(delete_);
  buttons->addStretch(1);
  column->addLayout(buttons);
  connect(look_, &QPushButton::clicked, this, &StorageCleaner::look);
  connect(delete_, &QPushButton::clicked, this, &StorageCleaner::clean);
  connect(days_, &QSpinBox::valueChanged, this, &StorageCleaner::rulesChanged);
  connect(keep_, &QSpinBox::valueChanged, this, &StorageCleaner::rulesChanged);
  connect(cache_, &QCheckBox::toggled, this, &StorageCleaner::rulesChanged);
  rulesChanged();
}

v1::PruneStorageRequest StorageCleaner::request() const {
  v1::PruneStorageRequest request;
  request.set_older_than_seconds(days_->value() * kDaySeconds);
  request.set_keep_last(keep_->value());
  request.set_cache(cache_->isChecked());
  return request;
}

void StorageCleaner::rulesChanged() {
  // What was listed is not what these rules mean.
  ++number_;
  delete_->setEnabled(false);
  delete_->setText(tr("Delete these"));
  plan_->setPlainText(tr("Nothing is deleted before you have seen what."));
}

void StorageCleaner::look() {
  rulesChanged();
  planned_ = request();
  store_->plan(planned_,
               [this, number = number_](const absl::StatusOr<v1::PruneStorageResponse>& plan) {
                 if (number != number_) return;
                 if (!plan.ok()) return plan_->setPlainText(q(plan.status().message()));
                 QStringList lines = pruneLines(*plan);
                 if (lines.isEmpty()) lines << tr("Nothing would go.");
                 for (const std::string& note : plan->notes()) lines << q(note);
                 plan_->setPlainText(lines.join(QLatin1Char('\n')));
                 if (plan->items().empty()) return;
                 delete_->setText(tr("Delete these, frees %1").arg(bytes(plan->freed_bytes())));
                 delete_->setEnabled(true);
               });
}

void StorageCleaner::clean() {
  delete_->setEnabled(false);
  store_->prune(planned_, [this](const absl::StatusOr<v1::PruneStorageResponse>& done) {
    rulesChanged();
    Q_EMIT said(done.ok() ? tr("freed %1").arg(bytes(done->freed_bytes()))
                          : q(done.status().message()));
    Q_EMIT cleaned();
  });
}

}  // namespace lab::gui
